import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '@tap-webhooks/target-core';
import { expect, test } from 'vitest';
import { rowAt, rowsFrom } from '../contracts/loader.js';
import { linesOfTable, shownFiles } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { loadAll, openRun, readJson, writeJson } from './open-loader.js';

const FOLDER = 'contract';
const MANIFEST = 'contract/.data.manifest.json';
const LATER = 1_790_000_000_000;

/** Events that an older copy of the inbox took after it was put back, at positions that it had given before. */
const givenAgain = (first: number, last: number): Row[] =>
  rowsFrom(first, last).map(({ identity }) => {
    const position = identity?.position as number;
    return rowAt(position, 'inbox1', 'given again', LATER + position);
  });
const textsOf = (folder: string) => linesOfTable(join(folder, FOLDER), 'data');
const texts = (rows: readonly Row[]) => rows.map(({ text }) => text);
const remove = (folder: string, ...names: string[]) => {
  for (const name of names) rmSync(join(folder, FOLDER, name));
};

/** Turns the manifest into that of an earlier version, which knew no sequences. */
function makeOld(folder: string): void {
  const { files, ...manifest } = readJson(join(folder, MANIFEST));
  // biome-ignore lint/suspicious/noExplicitAny: the manifest is of any shape
  const old = files.map((file: any) => ({
    ...file,
    // biome-ignore lint/suspicious/noExplicitAny: the manifest is of any shape
    ranges: file.ranges.map(({ sequence: _, ...range }: any) => range),
  }));
  writeJson(join(folder, MANIFEST), { ...manifest, format: 1, files: old });
}

/** Ranges of a file in the manifest. */
const rangesOf = (folder: string, index = 0) => readJson(join(folder, MANIFEST)).files[index].ranges;

test.each([
  ['the open file', {}],
  ['closed files', { rotate_bytes: 1 }],
  ['compressed files', { rotate_bytes: 1, compression: 'gzip' as const }],
])('other events at positions of %s are loaded, each once', async (_, settings) => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 10), settings);

  expect(await loadAll(folder, givenAgain(6, 12), settings)).toMatchObject({ loaded: 7, skipped: 0 });
  expect(await loadAll(folder, givenAgain(6, 12), settings)).toMatchObject({ loaded: 0, skipped: 7 });
  expect(await loadAll(folder, rowsFrom(1, 10), settings)).toMatchObject({ loaded: 0, skipped: 10 });

  expect(textsOf(folder).sort()).toEqual(texts([...rowsFrom(1, 10), ...givenAgain(6, 12)]).sort());
});

test('an event with a lower sequence than what the file holds at its position is loaded', async () => {
  const folder = tempFolder();
  const settings = { rotate_bytes: 1 };
  await loadAll(folder, rowsFrom(1, 10), settings);
  const retried = rowAt(6, 'inbox1', 'retried', 1_780_000_000_002);

  expect(await loadAll(folder, [retried], settings)).toMatchObject({ loaded: 1, skipped: 0 });
  expect(await loadAll(folder, [retried], settings)).toMatchObject({ loaded: 0, skipped: 1 });
});

test('an event with a low sequence at a new position is loaded, and nothing is read for it', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 10), { rotate_bytes: 1 });
  remove(folder, ...shownFiles(join(folder, FOLDER)));

  expect(await loadAll(folder, [rowAt(11, 'inbox1', 'x', 1_700_000_000_000)])).toMatchObject({ loaded: 1 });
});

test('other events at positions of a shipped file are loaded when their sequence is above all of its own', async () => {
  const folder = tempFolder();
  const settings = { rotate_bytes: 1 };
  await loadAll(folder, rowsFrom(1, 10), settings);
  remove(folder, ...shownFiles(join(folder, FOLDER)));

  expect(await loadAll(folder, givenAgain(6, 12), settings)).toMatchObject({ loaded: 7, skipped: 0 });
  expect(await loadAll(folder, [...rowsFrom(1, 10), ...givenAgain(6, 12)], settings)).toMatchObject({
    loaded: 0,
    skipped: 17,
  });
});

test('an open file that is gone counts up to its highest sequence', async () => {
  const folder = tempFolder();
  const run = await openRun(folder);
  await run.load(rowsFrom(1, 10));
  remove(folder, 'data.jsonl');

  expect(await run.load([...rowsFrom(1, 10), ...givenAgain(6, 12)])).toMatchObject({
    loaded: 7,
    skipped: 10,
  });
});

test('a batch may bring an event and another one at its position', async () => {
  const folder = tempFolder();

  expect(await loadAll(folder, [...rowsFrom(1, 3), ...givenAgain(2, 4), rowAt(2)])).toMatchObject({
    loaded: 6,
    skipped: 1,
  });
});

test('no file is read for events whose sequences are above those of all files', async () => {
  const folder = tempFolder();
  const settings = { rotate_bytes: 1 };
  await loadAll(folder, rowsFrom(1, 3), settings);
  for (const name of shownFiles(join(folder, FOLDER))) {
    remove(folder, name);
    writeFileSync(join(folder, FOLDER, `${name}.gz`), 'is not gzip: reading it would stop the run');
  }

  expect(await loadAll(folder, givenAgain(1, 3), settings)).toMatchObject({ loaded: 3 });
});

test('a file that an earlier version wrote is read once, and the manifest is completed', async () => {
  const folder = tempFolder();
  const settings = { rotate_bytes: 1 };
  await loadAll(folder, rowsFrom(1, 3), settings);
  makeOld(folder);

  expect(await loadAll(folder, givenAgain(2, 2), settings)).toMatchObject({ loaded: 1 });
  expect(readJson(join(folder, MANIFEST)).format).toBe(2);
  expect(rangesOf(folder, 1)).toEqual([{ inbox: 'inbox1', first: 2, last: 2, sequence: 1_780_000_000_002 }]);
  expect(rangesOf(folder, 0)).toEqual([{ inbox: 'inbox1', first: 1, last: 1 }]);
  remove(folder, 'data.000002.jsonl');
  expect(await loadAll(folder, [rowAt(2), ...givenAgain(2, 2)], settings)).toMatchObject({ skipped: 2 });
});

test('an open file that an earlier version wrote is read whole when rows come at its positions', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 3));
  makeOld(folder);
  await loadAll(folder, rowsFrom(4, 4));

  expect(rangesOf(folder)).toEqual([{ inbox: 'inbox1', first: 1, last: 4 }]);
  expect(await loadAll(folder, [...rowsFrom(1, 4), ...givenAgain(2, 2)])).toMatchObject({
    loaded: 1,
    skipped: 4,
  });
  expect(rangesOf(folder)).toEqual([{ inbox: 'inbox1', first: 1, last: 4, sequence: 1_790_000_000_002 }]);
});

test('a run stops with a sentence when a file that an earlier version wrote is gone, and rows come at its positions', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 3), { rotate_bytes: 1 });
  makeOld(folder);
  renameSync(join(folder, FOLDER, 'data.000002.jsonl'), join(folder, 'elsewhere'));

  expect(await loadAll(folder, rowsFrom(4, 5))).toMatchObject({ loaded: 2 });
  const run = await openRun(folder);
  await expect(run.load([rowAt(2)])).rejects.toMatchObject({
    code: 'sequence_unknown',
    exitCode: 3,
    message: expect.stringMatching(
      /data\.000002\.jsonl.*put the file back, or write that number as "sequence"/s,
    ),
  });
  await run.close();

  renameSync(join(folder, 'elsewhere'), join(folder, FOLDER, 'data.000002.jsonl'));
  expect(await loadAll(folder, [rowAt(2)])).toMatchObject({ skipped: 1 });
});

test('the sequence may be written into the manifest by hand when the file is gone', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 3), { rotate_bytes: 1 });
  makeOld(folder);
  remove(folder, 'data.000002.jsonl');
  const manifest = readJson(join(folder, MANIFEST));
  manifest.files[1].ranges[0].sequence = 1_780_000_000_002;
  writeJson(join(folder, MANIFEST), manifest);

  expect(await loadAll(folder, [rowAt(2), ...givenAgain(2, 2)])).toMatchObject({ loaded: 1, skipped: 1 });
});

test('rows that say no sequence are told apart by inbox and position, also in a shipped file', async () => {
  const folder = tempFolder();
  const bare = (position: number): Row => ({
    text: `{"n":${position},"_sdc_inbox":"inbox1","_sdc_position":${position}}`,
    identity: { inbox: 'inbox1', position, sequence: undefined },
  });
  const settings = { rotate_bytes: 1 };
  await loadAll(folder, [bare(1), bare(2)], settings);
  remove(folder, 'data.000002.jsonl');

  expect(rangesOf(folder)).toEqual([{ inbox: 'inbox1', first: 1, last: 1, sequence: null }]);
  expect(await loadAll(folder, [rowAt(1), rowAt(2), bare(1), bare(3)], settings)).toMatchObject({
    loaded: 1,
    skipped: 3,
  });
});
