import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { expectWhole, WriterProcess } from './writer-process.js';

it('the inbox has every acknowledged event, once and whole, after kill -9 in the middle of appends', async () => {
  const folder = tempFolder();
  const acknowledged: number[] = [];
  for (const round of [0, 1, 2]) {
    const writer = new WriterProcess([folder, round * 1_000_000, 64, 600]);
    await until(() => writer.acknowledged.length > 500, 'acknowledged events', 60_000);
    await writer.kill();
    acknowledged.push(...writer.acknowledged);
    await expectWhole(folder, acknowledged);
  }
});

it('the inbox is read from another process as soon as an event is acknowledged', async () => {
  const folder = tempFolder();
  const writer = new WriterProcess([folder, 0, 1, 10]);
  await until(() => writer.acknowledged.length > 0, 'an acknowledged event', 60_000);
  const reader = await sqliteDriver(folder).reader();
  onTestFinished(() => reader.close());
  const newest = await reader.newest();
  expect(newest).toBeGreaterThanOrEqual(writer.acknowledged.length);
  await reader.waitBeyond(newest, AbortSignal.timeout(30_000));
  expect(await reader.newest()).toBeGreaterThan(newest);
  const rows = (await entriesOf(reader)).map(({ row }) => JSON.parse(row).n);
  expect(rows.slice(0, 3)).toEqual([0, 1, 2].slice(0, rows.length));
});

it('the inbox is read after kill -9 without a writer', async () => {
  const folder = tempFolder();
  const writer = new WriterProcess([folder, 0, 8, 10]);
  await until(() => writer.acknowledged.length > 50, 'acknowledged events', 60_000);
  await writer.kill();
  await expectWhole(folder, writer.acknowledged);
});

it('the inbox continues after kill -9', async () => {
  const folder = tempFolder();
  const writer = new WriterProcess([folder, 0, 8, 10]);
  await until(() => writer.acknowledged.length > 50, 'acknowledged events', 60_000);
  await writer.kill();
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules({ keyProperties: ['n'] })]);
  const newest = await inbox.newest();
  expect(await append(inbox, { n: -1 })).toEqual(taken({ stored: 1 }));
  expect(await inbox.newest()).toBe(newest + 1);
});

it('a reader does not change the file and its log, also when it is the last to close', async () => {
  const folder = tempFolder();
  const writer = new WriterProcess([folder, 0, 4, 600]);
  await until(() => writer.acknowledged.length > 50, 'acknowledged events', 60_000);
  await writer.kill();
  const files = ['inbox.sqlite', 'inbox.sqlite-wal'].map((name) => join(folder, name));
  const before = files.map((file) => readFileSync(file));
  const reader = await sqliteDriver(folder).reader();
  expect((await entriesOf(reader)).length).toBeGreaterThan(50);
  await reader.close();
  expect(before[1]?.length).toBeGreaterThan(0);
  expect(files.map((file) => readFileSync(file).equals(before.shift() ?? Buffer.alloc(0)))).toEqual([
    true,
    true,
  ]);
});
