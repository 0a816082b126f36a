import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { rowAt, rowsFrom } from '../contracts/loader.js';
import { linesOfTable, shownFiles } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { loadAll, openRun, readJson, writeJson } from './open-loader.js';

// A file is closed in these steps: note that it gets its closed name, rename it, note that it has it, write the compressed
// copy under a part name, give it its name, note that, remove the plain one. Here the folder is made to look as if the
// process had died between two of them.

const settings = { compression: 'gzip' } as const;
const rows = rowsFrom(1, 6);
const plain = Buffer.from(
  rows
    .slice(0, 3)
    .map(({ text }) => `${text}\n`)
    .join(''),
);
const entry = {
  open: false,
  bytes: plain.length,
  since: '2026-01-01T00:00:00.000Z',
  ranges: [{ inbox: 'inbox1', first: 1, last: 3 }],
};

describe('a process that died', () => {
  let folder: string;
  let path: (name: string) => string;
  const crash = (next: number, ...files: object[]) =>
    writeJson(path('.data.manifest.json'), { format: 1, next, files });

  beforeEach(async () => {
    folder = tempFolder();
    path = (name) => join(folder, 'contract', name);
    await loadAll(folder, rows.slice(0, 3), settings); // makes the folder, and data.jsonl with three rows
  });

  async function expectEachRowOnce(files: string[]): Promise<void> {
    await loadAll(folder, rows, settings);
    expect(linesOfTable(join(folder, 'contract'), 'data')).toEqual(rows.map(({ text }) => text));
    expect(shownFiles(join(folder, 'contract'))).toEqual(files);
    expect(
      readJson(path('.data.manifest.json'))
        .files.map(({ name }: { name: string }) => name)
        .sort(),
    ).toEqual(files);
  }

  test('before the file had its closed name', async () => {
    crash(2, { ...entry, name: 'data.jsonl', open: true, becomes: 'data.000001.jsonl' });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
  });

  test('after the file had its closed name', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    crash(2, { ...entry, name: 'data.jsonl', open: true, becomes: 'data.000001.jsonl' });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
  });

  test('before the compressed copy was begun', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    crash(2, { ...entry, name: 'data.000001.jsonl', compress: true });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
    expect(gunzipSync(readFileSync(path('data.000001.jsonl.gz')))).toEqual(plain);
  });

  test('within the compressed copy', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    writeFileSync(path('.data.000001.jsonl.gz.part'), gzipSync(plain).subarray(0, 30));
    crash(2, { ...entry, name: 'data.000001.jsonl', compress: true });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
    expect(() => readFileSync(path('.data.000001.jsonl.gz.part'))).toThrow('ENOENT');
  });

  test('after the compressed copy had its name', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    writeFileSync(path('data.000001.jsonl.gz'), gzipSync(plain));
    crash(2, { ...entry, name: 'data.000001.jsonl', compress: true });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
  });

  test('before the plain file was removed', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    writeFileSync(path('data.000001.jsonl.gz'), gzipSync(plain));
    crash(2, { ...entry, name: 'data.000001.jsonl.gz' });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
  });

  test('when only the plain file survived, although the copy was noted', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    crash(2, { ...entry, name: 'data.000001.jsonl.gz' });

    await expectEachRowOnce(['data.000001.jsonl', 'data.jsonl']);
  });

  test('when only the compressed copy survived, although it was not noted', async () => {
    rmSync(path('data.jsonl'));
    writeFileSync(path('data.000001.jsonl.gz'), gzipSync(plain));
    crash(2, { ...entry, name: 'data.000001.jsonl', compress: true });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
  });

  test('with a compressed copy that is not whole: the plain file is what counts', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    writeFileSync(path('data.000001.jsonl.gz'), gzipSync(plain).subarray(0, -5));
    crash(2, { ...entry, name: 'data.000001.jsonl', compress: true });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
    expect(gunzipSync(readFileSync(path('data.000001.jsonl.gz')))).toEqual(plain);
  });

  test('with a noted compressed copy that is not whole', async () => {
    renameSync(path('data.jsonl'), path('data.000001.jsonl'));
    writeFileSync(path('data.000001.jsonl.gz'), gzipSync(plain).subarray(0, -5));
    crash(2, { ...entry, name: 'data.000001.jsonl.gz' });

    await expectEachRowOnce(['data.000001.jsonl.gz', 'data.jsonl']);
    expect(gunzipSync(readFileSync(path('data.000001.jsonl.gz')))).toEqual(plain);
  });

  test('before the manifest of its first file was written', async () => {
    rmSync(path('.data.manifest.json'));

    await expectEachRowOnce(['data.jsonl']);
  });

  test('after the manifest was written, before the first file was', async () => {
    rmSync(path('data.jsonl'));
    crash(1, { ...entry, name: 'data.jsonl', open: true, bytes: 0, ranges: [] });

    await expectEachRowOnce(['data.jsonl']);
  });

  test('while it replaced the manifest', async () => {
    writeFileSync(path('.data.manifest.json.part'), '{"format":1,"ne');

    await expectEachRowOnce(['data.jsonl']);
  });
});

test('rows in a compressed file are known', async () => {
  const folder = tempFolder();
  await loadAll(folder, [rowAt(10), rowAt(30)], { ...settings, rotate_bytes: 1 });

  expect(await loadAll(folder, [rowAt(10), rowAt(20), rowAt(30)], settings)).toMatchObject({
    loaded: 1,
    skipped: 2,
  });
});

test('a damaged compressed file stops a redelivery into it with a sentence that names it', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 5), { ...settings, rotate_bytes: 100_000 });
  await loadAll(folder, [rowAt(6)], { ...settings, rotate_bytes: 1 });
  const path = join(folder, 'contract/data.000001.jsonl.gz');
  writeFileSync(path, readFileSync(path).subarray(0, -10));
  const run = await openRun(folder, settings);

  await expect(run.load([rowAt(3)])).rejects.toMatchObject({
    code: 'file_unreadable',
    exitCode: 3,
    message: expect.stringContaining(path),
  });
});
