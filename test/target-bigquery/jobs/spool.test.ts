import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rowAt, writeSpool } from '../../../packages/target-bigquery/dist/jobs/spool.js';
import { tempFolder } from '../../helpers/temp.js';

const asItIs = { encode: (row: string) => ({ json: row }) };

function rowsOf(path: string, texts: readonly string[], numbers?: readonly number[]) {
  const lines = Buffer.from(texts.map((text) => `${text}\n`).join(''));
  return { path, lines, count: texts.length, numbers: numbers && Uint32Array.from(numbers) };
}

describe('the spool file', () => {
  test('holds one line a row, in UTF-8, whatever their length', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    const texts = [
      '{"a":"é😀"}',
      `{"a":"${'é'.repeat(800_000)}"}`,
      ...Array.from({ length: 50_000 }, (_, n) => `{"n":${n}}`),
    ];

    const { file, refused } = await writeSpool(rowsOf(path, texts), asItIs);

    const bytes = readFileSync(path);
    expect(bytes.toString('utf8')).toBe(texts.map((text) => `${text}\n`).join(''));
    expect(file.size).toBe(bytes.length);
    expect(refused).toEqual([]);
  });

  test('holds what the encoder makes of a row', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    const encode = (row: string) => ({ json: row.replace('1.5', '"1.5"') });

    await writeSpool(rowsOf(path, ['{"a":1}', '{"a":1.5}', `{"a":"${'é'.repeat(800_000)}","b":1.5}`]), {
      encode,
    });

    expect(readFileSync(path, 'utf8')).toBe(
      `{"a":1}\n{"a":"1.5"}\n{"a":"${'é'.repeat(800_000)}","b":"1.5"}\n`,
    );
  });

  test('holds the rows that are asked for, in that order', async () => {
    const path = join(tempFolder(), 'rows.ndjson');

    await writeSpool(rowsOf(path, ['{"a":1}', '{"a":2}', '{"a":3}'], [2, 0]), asItIs);

    expect(readFileSync(path, 'utf8')).toBe('{"a":3}\n{"a":1}\n');
  });

  test('leaves out what the encoder refuses, and tells which rows', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    const encode = (row: string) => (row === '{"a":2}' ? { refused: 'too even' } : { json: row });

    const result = await writeSpool(rowsOf(path, ['{"a":1}', '{"a":2}', '{"a":3}'], [1, 2]), { encode });

    expect(result.refused).toEqual([[0, 'too even']]);
    expect([...result.file.starts]).toEqual([0]);
    expect(readFileSync(path, 'utf8')).toBe('{"a":3}\n');
  });

  test('knows which row a byte lies in', async () => {
    const path = join(tempFolder(), 'rows.ndjson');

    const { file } = await writeSpool(rowsOf(path, ['{"a":1}', '{"a":"é"}', '{}']), asItIs);

    expect([0, 7, 8, 18, 19, 21].map((byte) => rowAt(file, byte))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(rowAt(file, 22)).toBeUndefined();
  });

  test('replaces what an earlier job left', async () => {
    const path = join(tempFolder(), 'rows.ndjson');
    await writeSpool(rowsOf(path, ['{"a":1}', '{"a":2}']), asItIs);

    await writeSpool(rowsOf(path, ['{}']), asItIs);

    expect(readFileSync(path, 'utf8')).toBe('{}\n');
  });
});
