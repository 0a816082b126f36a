import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@tap-webhooks/singer/log';
import { expect, test } from 'vitest';
import type { FileEntry } from '../../packages/target-jsonl/dist/manifest.js';
import { type LoadedOptions, LoadedPositions } from '../../packages/target-jsonl/dist/positions.js';
import { rowAt, rowsFrom } from '../contracts/loader.js';
import { tempFolder } from '../helpers/temp.js';

/** A folder with one closed file for each list of positions. */
function filesWith(...lists: number[][]): { folder: string; files: FileEntry[] } {
  const folder = tempFolder();
  const files = lists.map((positions, index) => {
    const name = `data.00000${index + 1}.jsonl`;
    writeFileSync(join(folder, name), positions.map((position) => `${rowAt(position).text}\n`).join(''));
    const [first, last] = [Math.min(...positions), Math.max(...positions)];
    const ranges = [{ inbox: 'inbox1', first, last, sequence: rowAt(last).identity?.sequence ?? null }];
    return { name, open: false, bytes: 0, since: '2026-01-01T00:00:00.000Z', ranges };
  });
  return { folder, files };
}

/** What the table holds, as a run finds it. */
function loadedOf(folder: string, files: FileEntry[], options?: LoadedOptions): LoadedPositions {
  const paths = {
    folder,
    base: 'data',
    openName: 'data.jsonl',
    manifest: join(folder, '.data.manifest.json'),
    lock: join(folder, '.data.lock'),
  };
  const log = createLogger('target-jsonl', { LOGLEVEL: 'error' });
  return new LoadedPositions({ paths, stream: 'contract-data', log }, () => files, options);
}

const evens = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + 2 * n);

test('what is not in a file is missing, with windows far smaller than the files', async () => {
  const { folder, files } = filesWith(evens(2, 40), evens(82, 40), evens(60, 10));
  const loaded = loadedOf(folder, files, { windowPositions: 7 });

  const missing = await loaded.missing(rowsFrom(1, 170));

  const held = new Set([...evens(2, 40), ...evens(82, 40)]);
  expect(missing.map(({ identity }) => identity?.position)).toEqual(
    Array.from({ length: 170 }, (_, n) => n + 1).filter((position) => !held.has(position)),
  );
});

test('a file in descending order is read correctly too', async () => {
  const { folder, files } = filesWith(evens(2, 40).reverse());
  const loaded = loadedOf(folder, files, { windowPositions: 7 });

  expect(await loaded.missing(evens(2, 40).map((position) => rowAt(position)))).toEqual([]);
});

test('nothing is read for positions above the highest known one', async () => {
  const { folder, files } = filesWith([1, 2, 3]);
  writeFileSync(join(folder, files[0]?.name ?? ''), `${rowAt(50).text}\n`);
  const loaded = loadedOf(folder, files);
  const rows = [rowAt(4), rowAt(50)];

  expect(await loaded.missing(rows)).toBe(rows);
});

test('only files whose range holds the position are read', async () => {
  const { folder, files } = filesWith([1, 5], [10, 15], [20, 25]);
  // Were they read, the moved ones would count as shipped, whole range and all.
  renameSync(join(folder, 'data.000001.jsonl'), join(folder, 'moved1'));
  renameSync(join(folder, 'data.000003.jsonl'), join(folder, 'moved3'));
  const loaded = loadedOf(folder, files);

  expect(await loaded.missing([rowAt(7), rowAt(12), rowAt(15), rowAt(18)])).toEqual([
    rowAt(7),
    rowAt(12),
    rowAt(18),
  ]);
});

test('the whole range of a missing file counts as loaded', async () => {
  const { folder, files } = filesWith([1, 5], [10, 15]);
  renameSync(join(folder, 'data.000001.jsonl'), join(folder, 'moved'));
  const loaded = loadedOf(folder, files);

  expect(await loaded.missing([rowAt(3), rowAt(7), rowAt(12)])).toEqual([rowAt(7), rowAt(12)]);
});

test('rows that were loaded into a gap are known from then on', async () => {
  const { folder, files } = filesWith([1, 5, 9]);
  const loaded = loadedOf(folder, files, { windowPositions: 20 });
  const file = { ...(files[0] as FileEntry), name: 'data.jsonl', open: true, ranges: [] };
  files.push(file);

  for (const position of [3, 7, 2, 8]) {
    const missing = await loaded.missing([rowAt(position), rowAt(position)]);
    expect(missing).toEqual([rowAt(position)]);
    writeFileSync(join(folder, 'data.jsonl'), `${rowAt(position).text}\n`, { flag: 'a' });
    loaded.loaded(missing, file);
  }

  expect(await loaded.missing(rowsFrom(1, 9))).toEqual([rowAt(4), rowAt(6)]);
  expect(file.ranges).toEqual([{ inbox: 'inbox1', first: 2, last: 8, sequence: 1_780_000_000_008 }]);
});
