import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openBigQuery } from '../helpers/bigquery-target.js';
import { runInProcess } from '../helpers/in-process.js';
import { openJsonl } from '../helpers/jsonl.js';
import { records, TapHome } from '../helpers/tap.js';
import { tempFolder } from '../helpers/temp.js';
import { bigquery } from './bigquery.js';
import { jsonl } from './jsonl.js';

/** Names as JSON text, without quotes. */
const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'A',
    'a__st',
    'a__js',
    'b__ar',
    '',
    ' ',
    'a.b',
    'a/b',
    'a~b',
    'a-b',
    '日本',
    '中国',
    '😀',
  ),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'length', '0'),
  fc.constantFrom('$ref', 'type', 'properties', 'items', 'not', 'id', '$id', '$schema', 'default'),
  fc.constantFrom(
    '_sdc_position',
    '_sdc_inbox',
    '_SDC_SEQUENCE',
    '_sdc_extra',
    '__sdc_primary_key',
    '_sdc_batched_at',
  ),
  fc.constantFrom('\\ud800', '\\udfff', 'x\\udbff', '\\u0000', '\\"', '\\\\', '\\n', '\\u2028'),
  fc.integer({ min: 1, max: 1000 }).map((length) => 'n'.repeat(length)),
);
const scalar = fc.constantFrom(
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1',
    '-1.5',
    '1e400',
    '-1e400',
    '1e-400',
    '1E5',
    '0.1',
    '9007199254740993',
  ],
  ...['9223372036854775807', '9223372036854775808', '123456789012345678901234567890', `0.${'1'.repeat(60)}`],
  ...[
    '""',
    '"x"',
    '"\\ud800"',
    '"\\u0000"',
    '"2026-01-01T00:00:00Z"',
    '"NaN"',
    '"__proto__"',
    `"${'y'.repeat(3000)}"`,
  ],
  ...['[]', '{}', '[[]]', '[{}]', '[null]', '{"a":null}'],
);
const { value } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, scalar, tie('object'), tie('array')),
  object: objectOf(tie('value')),
  array: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
}));
/** Up to 98 levels around a value: objects with one member, or arrays. */
const deep = fc
  .tuple(scalar, fc.array(fc.option(name, { nil: undefined }), { minLength: 50, maxLength: 97, size: 'max' }))
  .map(([inner, levels]) =>
    levels.reduce<string>(
      (text, level) => (level === undefined ? `[${text}]` : `{"${level}":${text}}`),
      inner,
    ),
  );
const wide = fc
  .tuple(fc.integer({ min: 500, max: 1600 }), scalar, fc.constantFrom('c', 'k', 'c\\ud800'))
  .map(([count, inner, prefix]) =>
    membersText(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, inner])),
  );
const event = fc.oneof(
  { weight: 8, arbitrary: objectOf(value) },
  { weight: 2, arbitrary: objectOf(deep) },
  { weight: 1, arbitrary: objectOf(fc.oneof(wide, deep)) },
  { weight: 1, arbitrary: wide },
);

function objectOf(values: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(fc.tuple(name, values), { maxLength: 4 }).map(membersText);
}

function membersText(members: ReadonlyArray<readonly [name: string, value: string]>): string {
  return `{${members.map(([key, text]) => `"${key}":${text}`).join(',')}}`;
}

describe.each([
  { target: jsonl, open: openJsonl },
  { target: bigquery, open: openBigQuery },
])('$target.name', ({ target, open }) => {
  test('loads whatever the tap accepts, once, and rejects none of it', async () => {
    const batches = fc.array(event, { minLength: 1, maxLength: 25, size: 'max' });
    const property = fc.asyncProperty(batches, async (bodies) => {
      const tap = new TapHome();
      await tap.offer('shop', ...bodies);
      const { code: drained, lines } = await tap.run('drain');
      expect(drained).toBe(0);
      const sent = records(lines).map((record) => record._sdc_position);
      const { settings, positionsOf } = await target.destination();
      const config = join(tempFolder(), 'config.json');
      writeFileSync(config, JSON.stringify(settings));
      const { code, stderr } = await runInProcess(open, config, `${lines.join('\n')}\n`);

      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain('not checked');
      expect(await positionsOf({ schemaName: 'shop', tableName: '_sdc_rejected' })).toEqual([]);
      expect(await positionsOf({ schemaName: 'shop', tableName: 'data' })).toEqual(sent);
    });
    const seed = Number(process.env.HOSTILE_SEED ?? 20_261_130);
    await fc.assert(property, { seed, numRuns: 4, endOnFailure: true });
  }, 120_000);
});
