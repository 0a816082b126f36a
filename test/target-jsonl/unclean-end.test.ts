import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { rowAt, rowsFrom } from '../contracts/loader.js';
import { linesOfTable, shownFiles } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { crashImage, loadAll, openRun, readJson, writeJson } from './open-loader.js';

// After a failed sync bytes can be read that never reach the disk. A process cannot tell, so rows that a run left after the
// recorded length count only once they are in another file, which is synced.

const DATA = 'contract/data.jsonl';
const MANIFEST = 'contract/.data.manifest.json';
const MIB = 1024 * 1024;
const texts = (from: number, to: number) => rowsFrom(from, to).map(({ text }) => text);
const linesFor = (from: number, to: number) =>
  texts(from, to)
    .map((text) => `${text}\n`)
    .join('');
const rowsIn = (folder: string) => linesOfTable(join(folder, 'contract'), 'data');
const fileNumber = (folder: string) => statSync(join(folder, DATA)).ino;
const opened = async (folder: string) => (await openRun(folder)).close();

test('rows that a crash left after the recorded length are written into another file before they count', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 2));
  const run = await openRun(folder);
  await run.load(rowsFrom(3, 4));
  const image = crashImage(folder);
  await run.close();
  const before = fileNumber(image);

  const next = await openRun(image);

  expect(fileNumber(image)).not.toBe(before);
  expect(rowsIn(image)).toEqual(texts(1, 4));
  expect(readJson(join(image, MANIFEST)).files).toMatchObject([
    { name: 'data.jsonl', open: true, bytes: Buffer.byteLength(linesFor(1, 4)) },
  ]);
  expect(await next.load(rowsFrom(1, 5))).toMatchObject({ loaded: 1, skipped: 4 });
  expect(rowsIn(image)).toEqual(texts(1, 5));
});

test('a file that was closed cleanly stays the same file', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 2));
  const before = fileNumber(folder);

  await loadAll(folder, rowsFrom(3, 4));

  expect(fileNumber(folder)).toBe(before);
});

test('a file that is marked as failed is never appended to', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 2));
  const manifest = readJson(join(folder, MANIFEST));
  manifest.files[0].failed = true;
  writeJson(join(folder, MANIFEST), manifest);
  const before = fileNumber(folder);

  await loadAll(folder, rowsFrom(3, 4));

  expect(fileNumber(folder)).not.toBe(before);
  expect(rowsIn(folder)).toEqual(texts(1, 4));
  expect(readJson(join(folder, MANIFEST)).files[0]).not.toHaveProperty('failed');
});

test('the manifest is saved each 64 MiB, so that a start after a crash copies no more than about that', {
  timeout: 60_000,
}, async () => {
  const folder = tempFolder();
  const run = await openRun(folder);
  const text = 'x'.repeat(11 * MIB);
  for (let position = 1; position <= 6; position += 1) await run.load([rowAt(position, 'inbox1', text)]);

  expect(readJson(join(folder, MANIFEST)).files).toMatchObject([
    { bytes: statSync(join(folder, DATA)).size, ranges: [{ inbox: 'inbox1', first: 1, last: 6 }] },
  ]);
});

describe('of a file above 64 MiB', () => {
  const RECORDED = 64 * MIB + 1;
  const CLOSED = 'contract/data.000003.jsonl';
  let folder: string;
  let path: (name: string) => string;

  /** A file whose recorded part is one long line, which needs no room on the disk, and after it two rows. */
  beforeEach(() => {
    folder = tempFolder();
    path = (name) => join(folder, name);
    mkdirSync(path('contract'));
    writeFileSync(path(DATA), '');
    truncateSync(path(DATA), RECORDED - 1);
    appendFileSync(path(DATA), `\n${linesFor(3, 4)}`);
    writeJson(path(MANIFEST), { format: 2, next: 3, files: [first()] });
  });

  const first = () => ({
    name: 'data.jsonl',
    open: true,
    bytes: RECORDED,
    since: '2026-01-01T00:00:00.000Z',
    ranges: [{ inbox: 'inbox1', first: 1, last: 2, sequence: 1_780_000_000_002 }],
  });
  const second = () => ({
    name: 'data.jsonl',
    open: true,
    bytes: Buffer.byteLength(linesFor(3, 4)),
    since: '2026-01-02T00:00:00.000Z',
    ranges: [{ inbox: 'inbox1', first: 3, last: 4, sequence: 1_780_000_000_004 }],
    inPart: true,
  });

  async function expectEndInNewFile(): Promise<void> {
    expect(await loadAll(folder, rowsFrom(3, 5))).toMatchObject({ loaded: 1, skipped: 2 });
    expect(shownFiles(path('contract'))).toEqual(['data.000003.jsonl', 'data.jsonl']);
    expect(statSync(path(CLOSED)).size).toBe(RECORDED);
    expect(readFileSync(path(DATA), 'utf8')).toBe(linesFor(3, 5));
    const { next, files } = readJson(path(MANIFEST));
    expect(next).toBe(4);
    expect(files).toEqual([
      { ...first(), name: 'data.000003.jsonl', open: false },
      {
        name: 'data.jsonl',
        open: true,
        bytes: Buffer.byteLength(linesFor(3, 5)),
        since: expect.any(String),
        ranges: [{ inbox: 'inbox1', first: 3, last: 5, sequence: 1_780_000_000_005 }],
      },
    ]);
  }

  test('only the end is copied, into a new file, and the rest is closed', () => expectEndInNewFile());

  test('an end without a whole row is cut off, and the next rows go into a new file', async () => {
    truncateSync(path(DATA), RECORDED + 5);

    await loadAll(folder, rowsFrom(3, 5));

    expect(statSync(path(CLOSED)).size).toBe(RECORDED);
    expect(readFileSync(path(DATA), 'utf8')).toBe(linesFor(3, 5));
  });

  describe('a process that died', () => {
    const PART = 'contract/.data.jsonl.part';
    beforeEach(() => {
      writeFileSync(path(PART), linesFor(3, 4));
    });
    const note = () =>
      writeJson(path(MANIFEST), {
        format: 2,
        next: 4,
        files: [{ ...first(), becomes: 'data.000003.jsonl' }, second()],
      });

    test('within the copy leaves the file as it is', async () => {
      truncateSync(path(PART), 10);
      await expectEndInNewFile();
    });

    test('before the file was cut', async () => {
      note();
      await expectEndInNewFile();
    });

    test('before the file had its closed name', async () => {
      note();
      truncateSync(path(DATA), RECORDED);
      await expectEndInNewFile();
    });

    test('before the copy had its name', async () => {
      note();
      truncateSync(path(DATA), RECORDED);
      renameSync(path(DATA), path(CLOSED));
      await expectEndInNewFile();
    });

    test('before all that was noted', async () => {
      note();
      truncateSync(path(DATA), RECORDED);
      renameSync(path(DATA), path(CLOSED));
      renameSync(path(PART), path(DATA));
      await expectEndInNewFile();
    });

    test('before all that was noted, and whose closed file was shipped', async () => {
      note();
      renameSync(path(PART), path(DATA));

      expect(await loadAll(folder, rowsFrom(1, 5))).toMatchObject({ loaded: 1, skipped: 4 });
      expect(shownFiles(path('contract'))).toEqual(['data.jsonl']);
      expect(readFileSync(path(DATA), 'utf8')).toBe(linesFor(3, 5));
    });
  });
});

test('opening a table without anything to repair writes nothing', async () => {
  const folder = tempFolder();
  await loadAll(folder, rowsFrom(1, 2));
  const before = statSync(join(folder, MANIFEST)).mtimeMs;

  await opened(folder);

  expect(statSync(join(folder, MANIFEST)).mtimeMs).toBe(before);
});
