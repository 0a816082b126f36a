import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';

const folder = new URL('../schemas/', import.meta.url);

// Programs compile their config's schema without this check, since it would make each start slower.
test.each(readdirSync(folder))('schemas/%s is a valid JSON Schema', (file) => {
  const ajv = new Ajv({ strict: false });
  ajv.validateSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
  expect(ajv.errors ?? []).toEqual([]);
});
