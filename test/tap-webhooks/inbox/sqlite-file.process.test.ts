import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, NOW, rules, taken, trimAll } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { commitsIn } from './wal.js';

async function openInbox(folder = tempFolder()) {
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules()]);
  return { inbox, folder };
}

function query(folder: string, sql: string): object[] {
  const database = new DatabaseSync(join(folder, 'inbox.sqlite'), { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row: object) => ({ ...row }));
  } finally {
    database.close();
  }
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it('the inbox is a folder for its owner alone, and so is every file in it', async () => {
  const { folder } = await openInbox(join(tempFolder(), 'a', 'inbox'));
  expect(modeOf(folder)).toBe('700');
  const files = ['inbox.sqlite', 'inbox.sqlite-shm', 'inbox.sqlite-wal', 'receiver.lock'];
  expect(readdirSync(folder).sort()).toEqual(files);
  expect(files.map((file) => modeOf(join(folder, file)))).toEqual(files.map(() => '600'));
});

it('the inbox can be read by any program that reads SQLite, while it is written', async () => {
  const { inbox, folder } = await openInbox();
  await append(inbox, '[{"a":1},5]');
  expect(query(folder, 'SELECT position, received_at, sequence FROM events')).toEqual([
    { position: 1, received_at: NOW, sequence: NOW },
  ]);
  expect(query(folder, 'SELECT CAST(body AS TEXT) AS body, reason, sequence FROM quarantine')).toEqual([
    { body: '5', reason: 'the event is valid JSON, but not an object', sequence: NOW },
  ]);
  expect(query(folder, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
});

it('the inbox keeps a quarantined event as bytes, however deep it is', async () => {
  const { inbox, folder } = await openInbox();
  const body = `${'['.repeat(5000)}"é"${']'.repeat(5000)}`;
  expect(await append(inbox, body)).toEqual(taken({ quarantined: 1 }));
  const [row] = query(folder, 'SELECT length(body) AS bytes FROM quarantine');
  expect(row).toEqual({ bytes: 10_004 - 2 });
});

it('the inbox syncs once for deliveries that come together', async () => {
  const { inbox, folder } = await openInbox();
  await append(inbox, { a: 1 });
  const before = commitsIn(folder);
  await Promise.all(Array.from({ length: 500 }, () => append(inbox, { a: 1 })));
  expect(commitsIn(folder) - before).toBe(1);
});

it('the inbox syncs for each delivery that comes alone', async () => {
  const { inbox, folder } = await openInbox();
  await append(inbox, { a: 1 });
  const before = commitsIn(folder);
  for (let n = 0; n < 5; n += 1) await append(inbox, { a: 1 });
  expect(commitsIn(folder) - before).toBe(5);
});

it('the inbox refuses deliveries that would fill the memory, and takes the others', async () => {
  const { inbox } = await openInbox();
  const body = `{"a":"${'x'.repeat(8 * 1024 * 1024)}"}`;
  const results = await Promise.allSettled(Array.from({ length: 12 }, () => append(inbox, body)));
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const result of refused) expect(result).toMatchObject({ reason: { name: 'InboxUnavailable' } });
  expect(await inbox.newest()).toBe(12 - refused.length);
});

it('the inbox gives space back to the disk when rows are trimmed', async () => {
  const { inbox, folder } = await openInbox();
  for (let n = 0; n < 20; n += 1) await append(inbox, { a: 'x'.repeat(2_000_000) });
  await trimAll(inbox, { confirmed: { 'web-data': 20 } });
  expect(statSync(join(folder, 'inbox.sqlite')).size).toBeLessThan(4_000_000);
  expect((await inbox.totals()).bytes).toBeLessThan(24_000_000);
});

it('the inbox keeps its log small, however much is written', async () => {
  const { inbox, folder } = await openInbox();
  for (let n = 0; n < 60; n += 1) await append(inbox, { a: 'x'.repeat(1_000_000) });
  expect(statSync(join(folder, 'inbox.sqlite-wal')).size).toBeLessThan(24_000_000);
});

it('the inbox lets appends through while it is trimmed', async () => {
  const { inbox } = await openInbox();
  for (let half = 0; half < 2; half += 1) await append(inbox, Array(10_000).fill({ a: 1 }));
  let trimming = true;
  const trimmed = trimAll(inbox, { confirmed: { 'web-data': 20_000 } }).then(() => {
    trimming = false;
  });
  let appended = 0;
  while (trimming) {
    await append(inbox, {});
    appended += 1;
  }
  await trimmed;
  expect(appended).toBeGreaterThan(20);
});

it('the inbox notes the use of a token at most once a second', async () => {
  const { inbox } = await openInbox();
  const { id } = await inbox.addToken('web', 'a'.repeat(64), NOW);
  for (const at of [0, 400, 999, 1000]) await append(inbox, {}, { tokenId: id, receivedAt: NOW + at });
  expect(await inbox.tokensOf('web')).toMatchObject([{ lastUsedAt: NOW + 1000 }]);
  for (const at of [1400, 1999]) await append(inbox, {}, { tokenId: id, receivedAt: NOW + at });
  expect(await inbox.tokensOf('web')).toMatchObject([{ lastUsedAt: NOW + 1000 }]);
});

it('the inbox sees tokens that another handle adds and revokes', async () => {
  const { inbox, folder } = await openInbox();
  const tokens = await sqliteDriver(folder).admin({ create: false });
  onTestFinished(() => tokens.close());
  const token = await tokens.addToken('web', 'a'.repeat(64), NOW);
  await until(async () => (await inbox.liveTokens()).length === 1, 'the token');
  await tokens.revokeToken('web', token.id, NOW);
  await until(async () => (await inbox.liveTokens()).length === 0, 'the token to be gone');
});

it('the inbox is created by an admin when asked to', async () => {
  const folder = join(tempFolder(), 'inbox');
  const tokens = await sqliteDriver(folder).admin({ create: true });
  await tokens.addToken('web', 'a'.repeat(64), NOW);
  await tokens.close();
  expect(modeOf(join(folder, 'inbox.sqlite'))).toBe('600');
  const { inbox } = await openInbox(folder);
  expect(await inbox.liveTokens()).toHaveLength(1);
});

it('the inbox leaves only its file and its lock when it is closed', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'inbox'));
  const inbox = await sqliteDriver(join(folder, 'inbox')).writer({ create: true });
  await inbox.close();
  expect(readdirSync(join(folder, 'inbox'))).toEqual(['inbox.sqlite', 'receiver.lock']);
});

it('the inbox refuses deliveries after it was closed', async () => {
  const inbox = await sqliteDriver(tempFolder()).writer({ create: true });
  await inbox.setRules([rules()]);
  await inbox.close();
  await expect(append(inbox, {})).rejects.toMatchObject({ name: 'InboxUnavailable' });
});
