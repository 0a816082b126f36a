import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rowAt, rowsFrom } from '../contracts/loader.js';
import { linesIn, linesOfTable, shownFiles } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { loadAll, openRun } from './open-loader.js';

test('a closed file that was shipped elsewhere still counts as loaded', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 10), { rotate_bytes: 1 });
  for (const name of shownFiles(join(folder, 'contract'))) rmSync(join(folder, 'contract', name));

  expect(await loadAll(folder, rowsFrom(1, 12))).toMatchObject({ loaded: 2, skipped: 10 });
  expect(linesOfTable(join(folder, 'contract'), 'data')).toEqual(rowsFrom(11, 12).map(({ text }) => text));
});

test('a file that is shipped while the target runs counts too', async () => {
  const folder = tempFolder();
  const run = await openRun(folder, { rotate_bytes: 1 });
  await run.load(rowsFrom(1, 3));
  rmSync(join(folder, 'contract/data.000002.jsonl'));

  expect(await run.load(rowsFrom(1, 3))).toMatchObject({ loaded: 0, skipped: 3 });
});

test('an open file that was removed after a clean end counts as loaded', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 10));
  mkdirSync(join(folder, 'elsewhere'));
  renameSync(join(folder, 'contract/data.jsonl'), join(folder, 'elsewhere/data.jsonl'));

  expect(await loadAll(folder, rowsFrom(5, 12))).toMatchObject({ loaded: 2, skipped: 6 });
  expect(linesIn(join(folder, 'elsewhere/data.jsonl'))).toHaveLength(10);
});

test.each([
  ['moved', (path: string) => renameSync(path, `${path}.1`)],
  ['removed', (path: string) => rmSync(path)],
  ['emptied', (path: string) => truncateSync(path, 0)],
])('when the open file is %s while the target runs, rows go into a new one', async (_, act) => {
  const folder = tempFolder();
  const run = await openRun(folder);
  await run.load(rowsFrom(1, 3));
  act(join(folder, 'contract/data.jsonl'));

  expect(await run.load(rowsFrom(2, 5))).toMatchObject({ loaded: 2, skipped: 2 });
  expect(linesIn(join(folder, 'contract/data.jsonl'))).toEqual(rowsFrom(4, 5).map(({ text }) => text));
  await run.close();
  expect(await loadAll(folder, rowsFrom(1, 6))).toMatchObject({ loaded: 1, skipped: 5 });
});

test('rows that another program appends meanwhile stay, and count', async () => {
  const folder = tempFolder();
  const run = await openRun(folder);
  await run.load(rowsFrom(1, 2));
  appendFileSync(join(folder, 'contract/data.jsonl'), `${rowAt(3).text}\n`);

  expect(await run.load(rowsFrom(3, 4))).toMatchObject({ loaded: 1, skipped: 1 });
  expect(linesIn(join(folder, 'contract/data.jsonl'))).toEqual(rowsFrom(1, 4).map(({ text }) => text));
});

test('an open file that was cut short between two runs is appended to, and the rows it held count', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 5));
  truncateSync(join(folder, 'contract/data.jsonl'), 0);

  expect(await loadAll(folder, rowsFrom(1, 6))).toMatchObject({ loaded: 1, skipped: 5 });
  expect(await loadAll(folder, rowsFrom(1, 6))).toMatchObject({ loaded: 0, skipped: 6 });
});
