import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rowAt, rowsFrom } from '../contracts/loader.js';
import { linesOfTable } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { crashImage, loadAll, openRun } from './open-loader.js';

const DATA = 'contract/data.jsonl';
const MANIFEST = 'contract/.data.manifest.json';
const rows = [rowAt(1, 'inbox1', 'é"\\\u{1F600}'), rowAt(3), rowAt(4)];
const texts = rows.map(({ text }) => text);
const rowsIn = (folder: string) => linesOfTable(join(folder, 'contract'), 'data');

test('a first run that died within any byte of its rows: after redelivery each row is there once, in order', {
  timeout: 120_000,
}, async () => {
  const folder = tempFolder();
  const run = await openRun(folder);
  await run.load(rows);
  const length = statSync(join(folder, DATA)).size;
  const images = Array.from({ length: length + 1 }, (_, offset) => ({ offset, image: crashImage(folder) }));
  await run.close();

  for (const { offset, image } of images) {
    truncateSync(join(image, DATA), offset);
    await loadAll(image, rows);
    expect({ offset, rows: rowsIn(image) }).toEqual({ offset, rows: texts });
  }
});

test('a later run that died within any byte of its rows: the same, and earlier rows stay', {
  timeout: 120_000,
}, async () => {
  const folder = tempFolder();
  await loadAll(folder, [rowAt(1), rowAt(2)]);
  const recorded = statSync(join(folder, DATA)).size;
  const run = await openRun(folder);
  await run.load([rowAt(3), rowAt(4)]);
  const length = statSync(join(folder, DATA)).size;
  const images = Array.from({ length: length - recorded + 1 }, (_, n) => ({
    offset: recorded + n,
    image: crashImage(folder),
  }));
  await run.close();

  for (const { offset, image } of images) {
    truncateSync(join(image, DATA), offset);
    await loadAll(image, rowsFrom(2, 5));
    const found = rowsIn(image).map((row) => JSON.parse(row)._sdc_position);
    expect({ offset, found }).toEqual({ offset, found: [1, 2, 3, 4, 5] });
  }
});

test('rows that are on disk but in no state are not loaded again', async () => {
  const folder = tempFolder();
  const run = await openRun(folder);
  await run.load(rowsFrom(1, 50));
  const image = crashImage(folder);
  await run.close();

  expect(await loadAll(image, rowsFrom(1, 60))).toEqual({ loaded: 10, skipped: 50, refused: [] });
});

test('zeros after the rows, as a power cut leaves them, are cut off', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 3));
  appendFileSync(join(folder, DATA), Buffer.alloc(5000));

  await loadAll(folder, rowsFrom(1, 4));

  expect(rowsIn(folder)).toEqual(rowsFrom(1, 4).map(({ text }) => text));
});

test('a whole last row that lacks only its line end is kept', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 3));
  const path = join(folder, DATA);
  truncateSync(path, statSync(path).size - 1);
  rmSync(join(folder, MANIFEST));

  expect(await loadAll(folder, [rowAt(4)])).toMatchObject({ loaded: 1 });
  expect(rowsIn(folder)).toEqual(rowsFrom(1, 4).map(({ text }) => text));
});

test('a line within the file that is not a row stays, and the rows after it count', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 2));
  appendFileSync(join(folder, DATA), `# by hand\n${rowAt(3).text}\n`);

  expect(await loadAll(folder, rowsFrom(1, 4))).toMatchObject({ loaded: 1, skipped: 3 });
  expect(rowsIn(folder)[2]).toBe('# by hand');
});

test('a file that existed before, without a manifest, is appended to and its rows count', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 5));
  rmSync(join(folder, MANIFEST));

  expect(await loadAll(folder, rowsFrom(1, 8))).toMatchObject({ loaded: 3, skipped: 5 });
  expect(rowsIn(folder)).toEqual(rowsFrom(1, 8).map(({ text }) => text));
});

test('without the manifest closed files do not count, and none is overwritten', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 4), { rotate_bytes: 1 });
  rmSync(join(folder, MANIFEST));
  const before = readFileSync(join(folder, 'contract/data.000001.jsonl'), 'utf8');

  expect(await loadAll(folder, rowsFrom(1, 2), { rotate_bytes: 1 })).toMatchObject({ loaded: 2 });
  expect(readFileSync(join(folder, 'contract/data.000001.jsonl'), 'utf8')).toBe(before);
  expect(readFileSync(join(folder, 'contract/data.000005.jsonl'), 'utf8')).toBe(`${rowAt(1).text}\n`);
});

test.each([
  ['is not JSON', '{"format":1,'],
  ['has a format that this version does not know', '{"format":3,"next":1,"files":[]}'],
  ['lacks members that it must have', '{"format":1,"next":1,"files":[{"name":"../../etc/passwd"}]}'],
  [
    'lacks members that it must have',
    '{"format":2,"next":1,"files":[{"name":"a","bytes":0,"ranges":[{"inbox":"a","first":1,"last":2,"sequence":"3"}]}]}',
  ],
])('a manifest that %s stops the run with a sentence', async (reason, text) => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 2));
  writeFileSync(join(folder, MANIFEST), text);

  await expect(openRun(folder)).rejects.toMatchObject({
    code: 'manifest_unreadable',
    exitCode: 3,
    message: expect.stringContaining(reason),
  });
});

test('a run that could not open its table holds no lock', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 2));
  const manifest = readFileSync(join(folder, MANIFEST), 'utf8');
  writeFileSync(join(folder, MANIFEST), '{');
  await expect(openRun(folder)).rejects.toMatchObject({ code: 'manifest_unreadable' });

  writeFileSync(join(folder, MANIFEST), manifest);

  expect(await loadAll(folder, rowsFrom(1, 3))).toMatchObject({ loaded: 1, skipped: 2 });
});
