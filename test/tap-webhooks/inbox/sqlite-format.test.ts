import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it } from 'vitest';
import type { Migration } from '../../../packages/tap-webhooks/dist/inbox/sqlite/files/migrate.js';
import { openForWriting } from '../../../packages/tap-webhooks/dist/inbox/sqlite/files/opening.js';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, rules } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

/** An inbox of today's format, 2, with one event. */
async function inboxOfToday(): Promise<string> {
  const folder = tempFolder();
  const inbox = await sqliteDriver(folder).writer({ create: true });
  await inbox.setRules([rules()]);
  await append(inbox, '{"a":1}');
  await inbox.close();
  return folder;
}

function number(path: string, sql: string): unknown {
  const database = new DatabaseSync(path);
  try {
    return Object.values(database.prepare(sql).get() as object)[0];
  } finally {
    database.close();
  }
}

/** The migration to today's format, which the files here do not need. */
const toFormat2: Migration = () => {
  throw new Error('not needed');
};
const toFormat3: Migration = (database) =>
  database.exec('ALTER TABLE events ADD COLUMN made_up INTEGER DEFAULT 7');
const toFormat4: Migration = (database) => database.exec('UPDATE events SET made_up = made_up + 1');
const failing: Migration = (database) => {
  database.exec('DELETE FROM events');
  throw new Error('made-up defect');
};

it('the inbox brings an older file up to date', async () => {
  const folder = await inboxOfToday();
  const file = join(folder, 'inbox.sqlite');
  openForWriting(folder, { create: false, migrate: true, migrations: [toFormat2, toFormat3] }).close();
  expect(number(file, 'PRAGMA user_version')).toBe(3);
  expect(number(file, 'SELECT made_up FROM events')).toBe(7);
});

it('the inbox is migrated over several formats at once', async () => {
  const folder = await inboxOfToday();
  const migrations = [toFormat2, toFormat3, toFormat4];
  openForWriting(folder, { create: false, migrate: true, migrations }).close();
  expect(number(join(folder, 'inbox.sqlite'), 'SELECT made_up FROM events')).toBe(8);
});

it('the inbox keeps an older file as it was when migrating fails, and can try again', async () => {
  const folder = await inboxOfToday();
  const file = join(folder, 'inbox.sqlite');
  const open = (...migrations: Migration[]) =>
    openForWriting(folder, { create: false, migrate: true, migrations });
  expect(() => open(toFormat2, toFormat3, failing)).toThrow('made-up defect');
  expect(number(file, 'PRAGMA user_version')).toBe(2);
  expect(number(file, 'SELECT count(*) FROM events')).toBe(1);
  open(toFormat2, toFormat3).close();
  expect(number(file, 'PRAGMA user_version')).toBe(3);
});

it('the inbox is migrated only by the receiver', async () => {
  const folder = await inboxOfToday();
  const open = () =>
    openForWriting(folder, { create: false, migrate: false, migrations: [toFormat2, toFormat3] });
  expect(open).toThrow(expect.objectContaining({ code: 'inbox_older', exitCode: 1 }));
});

it('the inbox refuses a newer file, whoever opens it', async () => {
  const folder = await inboxOfToday();
  number(join(folder, 'inbox.sqlite'), 'PRAGMA user_version'); // opens
  const database = new DatabaseSync(join(folder, 'inbox.sqlite'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  const newer = { code: 'inbox_newer', exitCode: 1, message: expect.stringContaining('format 99') };
  await expect(sqliteDriver(folder).writer({ create: true })).rejects.toMatchObject(newer);
  await expect(sqliteDriver(folder).reader()).rejects.toMatchObject(newer);
  await expect(sqliteDriver(folder).admin({ create: true })).rejects.toMatchObject(newer);
});

it('the inbox is not created by a reader, which tells that there is none', async () => {
  const folder = join(tempFolder(), 'inbox');
  const none = { code: 'no_inbox', exitCode: 1 };
  await expect(sqliteDriver(folder).reader()).rejects.toMatchObject(none);
  await expect(sqliteDriver(folder).admin({ create: false })).rejects.toMatchObject(none);
  expect(() => statSync(folder)).toThrow('ENOENT');
});

it('the inbox does not exist yet when its file is empty', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'inbox.sqlite'), '');
  await expect(sqliteDriver(folder).reader()).rejects.toMatchObject({ code: 'no_inbox' });
  const inbox = await sqliteDriver(folder).writer({ create: true });
  expect(await inbox.newest()).toBe(0);
  await inbox.close();
});

it.each<[string, (folder: string) => void]>([
  ['its log', (folder) => writeFileSync(join(folder, 'inbox.sqlite-wal'), 'frames')],
  ['its reserve', (folder) => writeFileSync(join(folder, 'reserve'), 'noise')],
  ['`current`', (folder) => writeFileSync(join(folder, 'current'), '{"file":"inbox.sqlite"}')],
  [
    'a consumer',
    (folder) => {
      mkdirSync(join(folder, 'consumers'));
      writeFileSync(join(folder, 'consumers', 'warehouse.json'), '{}');
    },
  ],
])(
  'the inbox has lost its content when its file is empty beside %s, and is not made anew',
  async (_, leave) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'inbox.sqlite'), '');
    leave(folder);
    const emptied = { code: 'inbox_emptied', exitCode: 7 };
    await expect(sqliteDriver(folder).writer({ create: true })).rejects.toMatchObject(emptied);
    await expect(sqliteDriver(folder).admin({ create: true })).rejects.toMatchObject(emptied);
    await expect(sqliteDriver(folder).reader()).rejects.toMatchObject(emptied);
    expect(statSync(join(folder, 'inbox.sqlite')).size).toBe(0);
  },
);

it.each([
  ['text', (path: string) => writeFileSync(path, 'no database '.repeat(1000))],
  [
    'the database of another program',
    (path: string) => {
      const database = new DatabaseSync(path);
      database.exec('CREATE TABLE mine (a)');
      database.close();
    },
  ],
])('the inbox refuses %s and does not change it', async (_, make) => {
  const folder = tempFolder();
  const path = join(folder, 'inbox.sqlite');
  make(path);
  const { size, mtimeMs } = statSync(path);
  const foreign = { code: 'not_an_inbox', exitCode: 1 };
  await expect(sqliteDriver(folder).writer({ create: true })).rejects.toMatchObject(foreign);
  await expect(sqliteDriver(folder).reader()).rejects.toMatchObject(foreign);
  expect(statSync(path)).toMatchObject({ size, mtimeMs });
});

it('the inbox refuses a file where its folder should be', async () => {
  const path = join(tempFolder(), 'inbox');
  writeFileSync(path, '');
  await expect(sqliteDriver(path).writer({ create: true })).rejects.toMatchObject({ code: 'not_an_inbox' });
  await expect(sqliteDriver(join(path, 'inbox')).writer({ create: true })).rejects.toMatchObject({
    code: 'not_an_inbox',
  });
});

it('the inbox says why it cannot be opened', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'inbox.sqlite'));
  await expect(sqliteDriver(folder).writer({ create: true })).rejects.toMatchObject({
    code: 'inbox_unusable',
    exitCode: 7,
  });
});
