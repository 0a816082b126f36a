import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, NOW, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { WriterProcess } from './writer-process.js';

const logSize = (folder: string) => statSync(join(folder, 'inbox.sqlite-wal')).size;

/** An inbox whose writer was killed, so that its log is full of events. */
async function killedInbox(): Promise<string> {
  const folder = tempFolder();
  const writer = new WriterProcess([folder, 0, 8, 600]);
  await until(() => writer.acknowledged.length > 50, 'acknowledged events', 60_000);
  await writer.kill();
  expect(logSize(folder)).toBeGreaterThan(0);
  return folder;
}

async function openWriter(folder: string) {
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  return inbox;
}

it('the inbox starts with an empty log, since the previous process may have ended with a failed sync', async () => {
  const folder = await killedInbox();
  await openWriter(folder);
  expect(logSize(folder)).toBe(0);
});

it('the inbox opens for writing though a reader keeps the log from being emptied', async () => {
  const folder = await killedInbox();
  const reader = new DatabaseSync(join(folder, 'inbox.sqlite'), { readOnly: true });
  onTestFinished(() => reader.close());
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM events').get();
  const inbox = await openWriter(folder);
  await inbox.setRules([rules({ keyProperties: ['n'] })]);
  expect(await append(inbox, { n: -1 })).toEqual(taken({ stored: 1 }));
});

it('the inbox is created once when several processes create it at the same time', async () => {
  const folder = join(tempFolder(), 'inbox');
  const script = fileURLToPath(new URL('./create-at.mjs', import.meta.url));
  const at = String(Date.now() + 1000);
  const run = async (role: string) =>
    (await promisify(execFile)(process.execPath, [script, folder, role, at])).stdout;
  const incarnations = await Promise.all(['writer', 'tokens', 'tokens', 'tokens'].map(run));
  expect(new Set(incarnations).size).toBe(1);
  expect(await (await openWriter(folder)).liveTokens()).toHaveLength(4);
});

it('the inbox takes tokens from another handle in the middle of appends', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  await inbox.setRules([rules()]);
  const tokens = await sqliteDriver(folder).admin({ create: true });
  onTestFinished(() => tokens.close());
  let adding = true;
  const appending = Array.from({ length: 16 }, async () => {
    while (adding) expect(await append(inbox, { a: 1 })).toEqual(taken({ stored: 1 }));
  });
  for (let n = 0; n < 20; n += 1) await tokens.addToken(`i${n}`, String(n).padStart(64, '0'), NOW);
  adding = false;
  await Promise.all(appending);
  expect(await inbox.liveTokens()).toHaveLength(20);
});

it('the inbox makes all waiting deliveries durable when it is closed', async () => {
  const folder = tempFolder();
  const inbox = await sqliteDriver(folder).writer({ create: true });
  await inbox.setRules([rules()]);
  const waiting = Array.from({ length: 200 }, (_, n) => append(inbox, { n }));
  await inbox.close();
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => taken({ stored: 1 })));
  await expect(append(inbox, {})).rejects.toMatchObject({ name: 'InboxUnavailable' });
  expect(await entriesOf(await openWriter(folder))).toHaveLength(200);
});
