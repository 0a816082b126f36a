import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { rowAt, rowsFrom } from '../contracts/loader.js';
import { linesIn, linesOfTable, shownFiles } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';
import { loadAll, openRun, readJson, writeJson } from './open-loader.js';

const rowBytes = Buffer.byteLength(rowAt(1).text) + 1;

test('a file is closed once it has rotate_bytes; the open one keeps its name', async () => {
  const folder = tempFolder();

  await loadAll(folder, rowsFrom(1, 7), { rotate_bytes: 3 * rowBytes });

  const files = shownFiles(join(folder, 'contract'));
  expect(files).toEqual(['data.000001.jsonl', 'data.000002.jsonl', 'data.jsonl']);
  expect(files.map((name) => linesIn(join(folder, 'contract', name)).length)).toEqual([3, 3, 1]);
});

test('a file grows past rotate_bytes by less than one row', async () => {
  const folder = tempFolder();

  await loadAll(folder, rowsFrom(1, 100), { rotate_bytes: 1000 });

  const closed = shownFiles(join(folder, 'contract')).filter((name) => name !== 'data.jsonl');
  for (const name of closed) {
    const { size } = statSync(join(folder, 'contract', name));
    expect(size).toBeGreaterThanOrEqual(1000);
    expect(size).toBeLessThan(1000 + rowBytes + 2);
  }
});

test('the next run continues the numbers of closed files', async () => {
  const folder = tempFolder();
  const settings = { rotate_bytes: 1 };
  await loadAll(folder, rowsFrom(1, 2), settings);

  await loadAll(folder, rowsFrom(3, 3), settings);

  expect(linesIn(join(folder, 'contract/data.000003.jsonl'))).toEqual([rowAt(3).text]);
});

test('a file is closed rotate_seconds after it was begun, without further rows', async () => {
  const folder = tempFolder();
  const run = await openRun(folder, { rotate_seconds: 0.05 });
  await run.load(rowsFrom(1, 2));

  await until(
    () => shownFiles(join(folder, 'contract')).join() === 'data.000001.jsonl',
    'the file to be closed',
  );

  expect(linesIn(join(folder, 'contract/data.000001.jsonl'))).toHaveLength(2);
});

test('the age of a file counts over runs', async () => {
  const folder = tempFolder();
  await loadAll(folder, [rowAt(1)]);
  const path = join(folder, 'contract/.data.manifest.json');
  const manifest = readJson(path);
  manifest.files[0].since = '2026-01-01T00:00:00.000Z';
  writeJson(path, manifest);

  await loadAll(folder, [rowAt(2)], { rotate_seconds: 3600 });

  expect(linesIn(join(folder, 'contract/data.000001.jsonl'))).toEqual([rowAt(1).text]);
  expect(linesIn(join(folder, 'contract/data.jsonl'))).toEqual([rowAt(2).text]);
});

test('with gzip a closed file is compressed and the open one is plain', async () => {
  const folder = tempFolder();

  await loadAll(folder, rowsFrom(1, 7), { rotate_bytes: 3 * rowBytes, compression: 'gzip' });

  expect(shownFiles(join(folder, 'contract'))).toEqual([
    'data.000001.jsonl.gz',
    'data.000002.jsonl.gz',
    'data.jsonl',
  ]);
  expect(gunzipSync(readFileSync(join(folder, 'contract/data.000001.jsonl.gz'))).toString()).toBe(
    rowsFrom(1, 3)
      .map(({ text }) => `${text}\n`)
      .join(''),
  );
});

test('the manifest lists each file with its length, its range of positions and its highest sequence', async () => {
  const folder = tempFolder();
  const rows = [rowAt(4), rowAt(9), rowAt(2, 'inbox2'), rowAt(10), rowAt(5, 'inbox2')];

  await loadAll(folder, rows, { rotate_bytes: 2 * rowBytes });

  const { format, next, files } = readJson(join(folder, 'contract/.data.manifest.json'));
  expect({ format, next }).toEqual({ format: 2, next: 3 });
  expect(files).toMatchObject([
    {
      name: 'data.000001.jsonl',
      open: false,
      ranges: [{ inbox: 'inbox1', first: 4, last: 9, sequence: 1_780_000_000_009 }],
    },
    {
      name: 'data.000002.jsonl',
      open: false,
      ranges: [
        { inbox: 'inbox2', first: 2, last: 2, sequence: 1_780_000_000_002 },
        { inbox: 'inbox1', first: 10, last: 10, sequence: 1_780_000_000_010 },
      ],
    },
    {
      name: 'data.jsonl',
      open: true,
      ranges: [{ inbox: 'inbox2', first: 5, last: 5, sequence: 1_780_000_000_005 }],
    },
  ]);
  for (const { name, bytes } of files) expect(bytes).toBe(statSync(join(folder, 'contract', name)).size);
});

test('a redelivery over many files loads each row once', async () => {
  const folder = tempFolder();
  const settings = { rotate_bytes: 5 * rowBytes, compression: 'gzip' } as const;
  await loadAll(folder, rowsFrom(1, 97), settings);

  expect(await loadAll(folder, rowsFrom(1, 120), settings)).toMatchObject({ loaded: 23, skipped: 97 });
  expect(linesOfTable(join(folder, 'contract'), 'data').sort()).toEqual(
    rowsFrom(1, 120)
      .map(({ text }) => text)
      .sort(),
  );
});

test('nothing but the table is left in its folder', async () => {
  const folder = tempFolder();

  await loadAll(folder, rowsFrom(1, 20), { rotate_bytes: 500, compression: 'gzip' });

  expect(
    readdirSync(join(folder, 'contract'))
      .filter((name) => name.startsWith('.'))
      .sort(),
  ).toEqual(['.data.lock', '.data.manifest.json']);
});
