import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchRow } from '@tap-webhooks/target-core';
import { describe, expect, test } from 'vitest';
import { linesFor } from '../../../packages/target-bigquery/dist/encode/lines.js';
import { rowAt, writeSpool } from '../../../packages/target-bigquery/dist/encode/spool.js';
import type { RowEncoder } from '../../../packages/target-bigquery/dist/rows/row-encoder.js';
import { batchOf } from '../../contracts/loader.js';
import { tempFolder } from '../../helpers/temp.js';

const encoderOf = (encode: RowEncoder['encode']): RowEncoder => ({
  encode,
  uncount() {},
  takeDiverted: () => [],
});
const asItIs = encoderOf((row) => ({ json: row }));

function write(path: string, texts: readonly string[], encode = asItIs) {
  const batch = batchOf(texts.map((text) => ({ text, identity: undefined })));
  return writeSpool(linesFor(batch, batch.rows), encode, path);
}

describe('the spool file', () => {
  test('the file holds one line per row, in UTF-8, of any length', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    const texts = [
      '{"a":"é😀"}',
      `{"a":"${'é'.repeat(800_000)}"}`,
      ...Array.from({ length: 50_000 }, (_, n) => `{"n":${n}}`),
    ];

    const { file, refused } = await write(path, texts);

    const bytes = readFileSync(path);
    expect(bytes.toString('utf8')).toBe(texts.map((text) => `${text}\n`).join(''));
    expect(file.size).toBe(bytes.length);
    expect(refused).toEqual([]);
  });

  test('the file holds what the encoder makes of a row', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    const encode = (row: string) => ({ json: row.replace('1.5', '"1.5"') });

    await write(path, ['{"a":1}', '{"a":1.5}', `{"a":"${'é'.repeat(800_000)}","b":1.5}`], encoderOf(encode));

    expect(readFileSync(path, 'utf8')).toBe(
      `{"a":1}\n{"a":"1.5"}\n{"a":"${'é'.repeat(800_000)}","b":"1.5"}\n`,
    );
  });

  test('the file holds the rows that are asked for, in that order', async () => {
    const path = join(tempFolder(), 'rows.ndjson');

    const batch = batchOf(['{"a":1}', '{"a":2}', '{"a":3}'].map((text) => ({ text, identity: undefined })));
    const [first, , third] = batch.rows as [BatchRow, BatchRow, BatchRow];

    await writeSpool(linesFor(batch, [third, first]), asItIs, path);

    expect(readFileSync(path, 'utf8')).toBe('{"a":3}\n{"a":1}\n');
  });

  test('the file leaves out what the encoder refuses, and the result tells which rows', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    const encode = (row: string) => (row === '{"a":2}' ? { refused: 'too even' } : { json: row });

    const result = await write(path, ['{"a":2}', '{"a":3}'], encoderOf(encode));

    expect(result.refused).toEqual([[0, 'too even']]);
    expect([...result.file.starts]).toEqual([0]);
    expect(readFileSync(path, 'utf8')).toBe('{"a":3}\n');
  });

  test('the row of a byte is known', async () => {
    const path = join(tempFolder(), 'rows.ndjson');

    const { file } = await write(path, ['{"a":1}', '{"a":"é"}', '{}']);

    expect([0, 7, 8, 18, 19, 21].map((byte) => rowAt(file, byte))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(rowAt(file, 22)).toBeUndefined();
  });

  test('the file replaces what an earlier job left', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    await write(path, ['{"a":1}', '{"a":2}']);

    await write(path, ['{}']);

    expect(readFileSync(path, 'utf8')).toBe('{}\n');
  });

  test('the file ends before the row that would make it too large for a request, and the result tells how many rows it took', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    const texts = Array.from({ length: 40 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(1_000_000)}"}`);

    const { file, taken } = await write(path, texts);

    expect(taken).toBe(33);
    expect(file.starts).toHaveLength(33);
    expect(file.size).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(33);
  });

  test('the file holds a single row even when that row is larger than a request should be', async () => {
    const path = join(tempFolder(), 'rows.ndjson');

    const { file, taken } = await write(path, [`{"a":"${'x'.repeat(34_000_000)}"}`, '{}']);

    expect(taken).toBe(1);
    expect(file.size).toBe(34_000_009);
  });
});
