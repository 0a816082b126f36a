import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openBigQuery } from '../../helpers/bigquery-target.js';
import { runInProcess } from '../../helpers/in-process.js';
import { tempFolder } from '../../helpers/temp.js';

it('refuses a stream that would load into its own table of loads', async () => {
  const config = join(tempFolder(), 'config.json');
  // the service must not be asked, so nothing listens at its address
  writeFileSync(config, JSON.stringify({ project: 'test', api_endpoint: 'http://127.0.0.1:9' }));
  const schema = { type: 'object', properties: { id: { type: 'integer' } } };
  const input = `${JSON.stringify({ type: 'SCHEMA', stream: 'shop-_sdc_loads', schema, key_properties: [] })}\n`;

  const { code, stderr } = await runInProcess(openBigQuery, config, input);

  expect(code).toBe(2);
  expect(stderr).toContain('would load into _sdc_loads, a table that this target keeps for itself');
});
