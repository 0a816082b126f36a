import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { ALL, append, entriesOf, rules } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';

async function openWriter(folder: string) {
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules()]);
  return inbox;
}

async function openReader(folder: string) {
  const reader = await sqliteDriver(folder).reader();
  onTestFinished(() => reader.close());
  return reader;
}

it('a reader opens an inbox that was closed in order, and has no log', async () => {
  const folder = tempFolder();
  const inbox = await sqliteDriver(folder).writer({ create: true });
  await inbox.setRules([rules()]);
  await append(inbox, { a: 1 });
  await inbox.close();
  expect(statSync(join(folder, 'inbox.sqlite-wal'), { throwIfNoEntry: false })).toBeUndefined();
  expect(await entriesOf(await openReader(folder))).toHaveLength(1);
});

it('a reader does not keep the log from being emptied once it has read, also when it read only a part', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  await append(inbox, Array(500).fill({ text: 'x'.repeat(1000) }));
  const reader = await openReader(folder);
  const request = { after: { 'web-data': 0 }, through: ALL, limit: ALL, limitBytes: 1500 };
  expect(await reader.read(request)).toHaveLength(2);
  const other = new DatabaseSync(join(folder, 'inbox.sqlite'));
  onTestFinished(() => other.close());
  const { busy } = other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  expect(busy).toBe(0);
});

it('a reader reads the file that was put in the place of the one it had open', async () => {
  const [folder, other] = [tempFolder(), tempFolder()];
  for (const [at, events] of [
    [folder, 1],
    [other, 2],
  ] as const) {
    const inbox = await sqliteDriver(at).writer({ create: true });
    await inbox.setRules([rules()]);
    for (let n = 0; n < events; n += 1) await append(inbox, { n });
    await inbox.close();
  }
  const reader = await openReader(folder);
  expect(await entriesOf(reader)).toHaveLength(1);
  renameSync(join(other, 'inbox.sqlite'), join(folder, 'inbox.sqlite'));
  await until(async () => (await entriesOf(reader)).length === 2, 'the events of the other file', 5000);
});

it('a reader sees nothing of a transaction that is not committed', async () => {
  const folder = tempFolder();
  await openWriter(folder);
  const other = new DatabaseSync(join(folder, 'inbox.sqlite'));
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE; UPDATE meta SET value = 9, digest = NULL WHERE name = 'newest'");
  const reader = await openReader(folder);
  expect(await reader.newest()).toBe(0);
  other.exec('COMMIT');
  expect(await reader.newest()).toBe(9);
});

it('a writer notices events that no commit of its own brought', async () => {
  const folder = tempFolder();
  const deadline = AbortSignal.timeout(30_000);
  const waiting = (await openWriter(folder)).waitBeyond(0, deadline);
  const other = new DatabaseSync(join(folder, 'inbox.sqlite'));
  onTestFinished(() => other.close());
  other.exec("UPDATE meta SET value = 1, digest = NULL WHERE name = 'newest'");
  await waiting;
  expect(deadline.aborted).toBe(false);
});

it('a reader that reads all the time does not let the log grow', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  const reader = await openReader(folder);
  let writing = true;
  const reading = (async () => {
    const request = { after: { 'web-data': 0 }, through: ALL, limit: 1000, limitBytes: ALL };
    while (writing) await reader.read(request);
  })();
  for (let n = 0; n < 80; n += 1) await append(inbox, Array(100).fill({ a: 'x'.repeat(10_000) }));
  writing = false;
  await reading;
  expect(statSync(join(folder, 'inbox.sqlite-wal')).size).toBeLessThan(64_000_000);
});
