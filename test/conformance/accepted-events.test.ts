import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBigQuery } from '../helpers/bigquery-target.js';
import { runInProcess } from '../helpers/in-process.js';
import { openJsonl } from '../helpers/jsonl.js';
import { TapHome } from '../helpers/tap.js';
import { tempFolder } from '../helpers/temp.js';
import { bigquery } from './bigquery.js';
import { jsonl } from './jsonl.js';

const LEVELS = 100;

/** Bodies that the tap answers with 200. */
const EVENTS: ReadonlyArray<readonly [integration: string, shows: string, body: string]> = [
  ['objects', '100 levels of objects', `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`],
  ['arrays', '100 levels of arrays', `{"a":${'['.repeat(LEVELS - 1)}1${']'.repeat(LEVELS - 1)}}`],
  ['both', '50 levels of objects in arrays', `${'{"a":['.repeat(LEVELS / 2)}1${']}'.repeat(LEVELS / 2)}`],
  [
    'wide',
    '900 fields, and an object of 900 more',
    JSON.stringify({ ...fields('c', 900), o: fields('k', 900) }),
  ],
  ['surrogates', 'a name with half a surrogate pair', '{"\\udfff":1,"o":{"\\ud800":[{"\\udbff":"x"}]}}'],
];

let lines: Promise<string> | undefined;

/** What the tap prints of the events, each in a stream of its own, after and before a plain one. */
function drained(): Promise<string> {
  lines ??= drain();
  return lines;
}

async function drain(): Promise<string> {
  const tap = new TapHome(EVENTS.map(([name]) => name));
  for (const [name, , body] of EVENTS) await tap.fill(name, { id: 'before' }, body, { id: 'after' });
  const { code, stdout, stderr } = await tap.run('drain');
  expect(code, stderr).toBe(0);
  return stdout;
}

function fields(prefix: string, count: number): { [name: string]: string } {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'x']));
}

describe.each([
  { target: jsonl, open: openJsonl },
  { target: bigquery, open: openBigQuery },
])('$target.name takes what the tap accepts', ({ target, open }) => {
  test.each([true, false])(
    'hostile events, and those after them, with validate_records %s',
    async (validate_records) => {
      const { settings, rowsOf } = await target.destination();
      const config = join(tempFolder(), 'config.json');
      writeFileSync(config, JSON.stringify({ ...settings, validate_records }));
      const { code, stderr } = await runInProcess(open, config, await drained());

      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain('"level":"warn"');
      for (const [name, shows, body] of EVENTS) {
        const rows = await rowsOf({ schemaName: name, tableName: 'data' });
        expect(
          rows.map((row) => JSON.parse(row).id),
          shows,
        ).toEqual(['before', undefined, 'after']);
        expect(JSON.parse(rows[1] as string)).toMatchObject(JSON.parse(body));
        expect(await rowsOf({ schemaName: name, tableName: '_sdc_rejected' })).toEqual([]);
      }
    },
    60_000,
  );

  test.each([true, false])('a SCHEMA of 1,000 levels, with validate_records %s', async (validate_records) => {
    const { settings, rowsOf } = await target.destination();
    const config = join(tempFolder(), 'config.json');
    writeFileSync(config, JSON.stringify({ ...settings, validate_records }));
    const inner = `${'{"type":"object","properties":{"a":'.repeat(499)}{}${'}}'.repeat(499)}`;
    const schema = `{"type":"SCHEMA","stream":"s-t","schema":{"properties":{"b":${inner.replace('{}', 'true')}}},"key_properties":[]}`;
    const wider = schema.replace('"b":', '"c":{"type":"string"},"b":');
    const record = `{"type":"RECORD","stream":"s-t","record":{"b":${'{"a":'.repeat(499)}1${'}'.repeat(499)}}}`;
    const { code, stderr } = await runInProcess(open, config, `${schema}\n${record}\n${wider}\n${record}\n`);

    expect(code, stderr).toBe(0);
    expect(await rowsOf({ schemaName: 's', tableName: 't' })).toHaveLength(2);
    expect(await rowsOf({ schemaName: 's', tableName: '_sdc_rejected' })).toEqual([]);
  });
});
