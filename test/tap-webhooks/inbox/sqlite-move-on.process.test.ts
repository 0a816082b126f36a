import { spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { distrust, partName } from '@tap-webhooks/singer';
import { expect, it, onTestFinished } from 'vitest';
import {
  type MovedOn,
  moveOn,
  sayFailed,
} from '../../../packages/tap-webhooks/dist/inbox/sqlite/copy/move-on.js';
import {
  currentFile,
  setCurrentFile,
} from '../../../packages/tap-webhooks/dist/inbox/sqlite/files/current.js';
import {
  rescueFile,
  sqliteDriver,
  verifyFile,
} from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { SqliteQueries } from '../../../packages/tap-webhooks/dist/inbox/sqlite/queries.js';
import { ALL, append, entriesOf, NOW, rowsOf, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';

async function openWriter(folder: string) {
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  return inbox;
}

/** A closed inbox with something in every table. */
async function filledInbox(events = 3): Promise<string> {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  await inbox.setRules([rules({ deliveryId: { header: 'id' }, keyProperties: ['n'] })]);
  const { id } = await inbox.addToken('web', 'a'.repeat(64), NOW);
  for (let n = 1; n <= events; n += 1)
    await append(inbox, { n, text: 'x'.repeat(500) }, { deliveryId: `id ${n}`, tokenId: id });
  expect(await append(inbox, '5')).toEqual(taken({ quarantined: 1 }));
  await inbox.close();
  return folder;
}

/** Changes the bytes of the file, as a disk does that fails. */
function change(folder: string, how: (bytes: Buffer) => void): void {
  const path = join(folder, 'inbox.sqlite');
  const bytes = readFileSync(path);
  how(bytes);
  writeFileSync(path, bytes);
}

function moveOnNow(folder: string): MovedOn {
  const moving = moveOn(folder, { skipUnreadable: false });
  for (;;) {
    const step = moving.next();
    if (step.done) return step.value;
  }
}

/** Reads without a thread. */
function numbersIn(folder: string): number[] {
  const queries = new SqliteQueries(folder);
  const everything = { after: { 'web-data': 0 }, through: ALL, limit: ALL, limitBytes: ALL };
  const rows = queries.read(everything).map(({ row }) => JSON.parse(row).n as number);
  queries.close();
  return rows;
}

it('an inbox goes on in another file with all that it held', async () => {
  const folder = await filledInbox();
  const before = readFileSync(join(folder, 'inbox.sqlite'));
  const { from, to, report } = moveOnNow(folder);
  expect([basename(from), basename(to), report.lost]).toEqual(['inbox.sqlite', 'inbox-2.sqlite', []]);
  expect(report.rows).toMatchObject({ events: 3, quarantine: 1, tokens: 1 });
  const inbox = await openWriter(folder);
  await inbox.setRules([rules({ deliveryId: { header: 'id' }, keyProperties: ['n'] })]);
  expect((await rowsOf(inbox)).map((row) => JSON.parse(row).n)).toEqual([1, 2, 3]);
  expect(await inbox.liveTokens()).toHaveLength(1);
  expect(await inbox.totals()).toMatchObject({ quarantined: 1 });
  expect(await append(inbox, { n: 3 }, { deliveryId: 'id 3' })).toEqual(taken({ stored: 1 }));
  expect(await append(inbox, { n: 3, text: 'x'.repeat(500) }, { deliveryId: 'id 3' })).toEqual(
    taken({ duplicate: 1 }),
  );
  expect(await inbox.newest()).toBe(4);
  expect(readFileSync(join(folder, 'inbox.sqlite')).equals(before)).toBe(true);
});

it('an inbox moves on from each file to the next number', async () => {
  const folder = await filledInbox();
  moveOnNow(folder);
  expect(basename(moveOnNow(folder).to)).toBe('inbox-3.sqlite');
  expect(await rowsOf(await openWriter(folder))).toHaveLength(3);
});

it('an inbox is whole after a kill between any two steps of moving on', async () => {
  const filled = await filledInbox();
  const script = fileURLToPath(new URL('./move-on-until.mjs', import.meta.url));
  let steps = 0;
  for (let isWhole = false; !isWhole; steps += 1) {
    const folder = join(tempFolder(), 'inbox');
    cpSync(filled, folder, { recursive: true });
    isWhole =
      spawnSync(process.execPath, [script, folder, String(steps)], { encoding: 'utf8' }).stdout === 'whole';
    expect(numbersIn(folder)).toEqual([1, 2, 3]);
    expect(moveOnNow(folder).report.lost).toEqual([]);
    expect(numbersIn(folder)).toEqual([1, 2, 3]);
  }
  expect(steps).toBeGreaterThan(8);
});

it('an inbox whose file has failed is copied when it is opened for writing, and says which file is kept', async () => {
  const folder = await filledInbox();
  setCurrentFile(folder, { path: join(folder, 'inbox.sqlite'), failed: true });
  const logged: unknown[] = [];
  const note = (fields: object) => logged.push(fields);
  const log = { error: note, warn: note } as never;
  const inbox = await sqliteDriver(folder).writer({ log });
  onTestFinished(() => inbox.close());
  await until(() => logged.length > 1, 'two lines of the log');
  expect(logged).toMatchObject([
    { old: join(folder, 'inbox.sqlite'), new: join(folder, 'inbox-2.sqlite'), lost: [], damaged: [] },
    { file: join(folder, 'inbox.sqlite') },
  ]);
  expect(await rowsOf(inbox)).toHaveLength(3);
});

it('an inbox whose file has failed can be read, and is not changed by a command', async () => {
  const folder = await filledInbox();
  setCurrentFile(folder, { path: join(folder, 'inbox.sqlite'), failed: true });
  const reader = await sqliteDriver(folder).reader();
  onTestFinished(() => reader.close());
  expect(await rowsOf(reader)).toHaveLength(3);
  const admin = await sqliteDriver(folder).admin();
  onTestFinished(() => admin.close());
  await expect(admin.addToken('web', 'b'.repeat(64), NOW)).rejects.toMatchObject({
    code: 'inbox_file_failed',
    exitCode: 7,
  });
});

it('readers and commands go on in the file that counts within a second', async () => {
  const folder = await filledInbox();
  const reader = await sqliteDriver(folder).reader();
  const admin = await sqliteDriver(folder).admin();
  onTestFinished(() => reader.close());
  onTestFinished(() => admin.close());
  await admin.tokensOf('web');
  expect(await entriesOf(reader)).toHaveLength(3);
  moveOnNow(folder);
  const inbox = await openWriter(folder);
  await inbox.setRules([rules({ keyProperties: ['n'] })]);
  await append(inbox, { n: 4 });
  await until(async () => (await entriesOf(reader)).length === 4, 'the event in the copy', 1000);
  await admin.addToken('web', 'b'.repeat(64), NOW);
  expect(await inbox.liveTokens()).toHaveLength(2);
});

it('a command does not report a URL that it wrote to a file which failed meanwhile', async () => {
  const folder = await filledInbox();
  const admin = await sqliteDriver(folder).admin({ create: true });
  onTestFinished(() => admin.close());
  setCurrentFile(folder, { path: join(folder, 'inbox.sqlite'), failed: true });
  await expect(admin.addToken('web', 'b'.repeat(64), NOW)).rejects.toMatchObject({
    code: 'inbox_file_failed',
    exitCode: 7,
  });
});

it('a command adds its URL to the copy that took the place of the file meanwhile', async () => {
  const folder = await filledInbox();
  const admin = await sqliteDriver(folder).admin({ create: true });
  onTestFinished(() => admin.close());
  const other = await sqliteDriver(folder).admin();
  onTestFinished(() => other.close());
  await other.addToken('web', 'b'.repeat(64), NOW);
  moveOnNow(folder);
  expect(await admin.addToken('web', 'b'.repeat(64), NOW)).toMatchObject({ id: 2 });
  expect(await admin.liveTokens()).toHaveLength(2);
});

it('no copy is left when it cannot be said that it counts', async () => {
  const folder = await filledInbox();
  mkdirSync(join(folder, partName('current')));
  expect(() => moveOnNow(folder)).toThrow('EISDIR');
  expect(readdirSync(folder).filter((name) => name.endsWith('.sqlite'))).toEqual(['inbox.sqlite']);
  expect(numbersIn(folder)).toEqual([1, 2, 3]);
});

it('a damaged page costs only the rows on it', async () => {
  const folder = await filledInbox(400);
  change(folder, (bytes) => {
    for (const n of [100, 300]) {
      const page = Math.floor(bytes.indexOf(`{"n":${n},`) / 4096);
      bytes.fill(0, page * 4096, (page + 1) * 4096);
    }
  });
  const { report } = moveOnNow(folder);
  expect(report.lost.map(({ table }) => table)).toEqual(['events', 'events']);
  const lost = report.lost.flatMap(({ from, to }) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index),
  );
  expect(lost).toEqual(expect.arrayContaining([100, 300]));
  expect(lost.length).toBeLessThan(20);
  const inbox = await openWriter(folder);
  const kept = (await entriesOf(inbox)).map(({ position }) => position);
  expect([...kept, ...lost].sort((one, other) => one - other)).toEqual(
    Array.from({ length: 400 }, (_, index) => index + 1),
  );
  expect((await inbox.streams())[0]).toMatchObject({ kept: kept.length, newest: 400 });
});

it('a damaged event goes into the quarantine of the copy, with its position, and bookmarks at it still fit', async () => {
  const folder = await filledInbox();
  const checkOf2 = () => {
    const queries = new SqliteQueries(folder);
    onTestFinished(() => queries.close());
    return queries.check(2);
  };
  const check = checkOf2();
  change(folder, (bytes) => bytes.write('y', bytes.indexOf('{"n":2,"text":"x') + 16));
  const { report } = moveOnNow(folder);
  expect([report.lost, report.damaged]).toEqual([[], [{ table: 'events', from: '2', to: '2' }]]);
  expect(numbersIn(folder)).toEqual([1, 3]);
  expect(checkOf2()).toBe(check);
  const copy = new DatabaseSync(join(folder, 'inbox-2.sqlite'), { readOnly: true });
  onTestFinished(() => copy.close());
  expect({
    ...copy.prepare('SELECT reason, CAST(body AS TEXT) AS body FROM quarantine WHERE position = 2').get(),
  }).toEqual({
    reason: 'the disk has changed the event since it was recorded',
    body: expect.stringMatching(/^\{"n":2,"text":"xyxxx/),
  });
  expect({ ...copy.prepare('SELECT kept, quarantined FROM streams').get() }).toEqual({
    kept: 2,
    quarantined: 2,
  });
});

it('a file of the previous format can be copied too, and the copy has the new one', async () => {
  const folder = join(tempFolder(), 'inbox');
  cpSync(fileURLToPath(new URL('./fixtures/format-1', import.meta.url)), folder, { recursive: true });
  const { events } = (await verifyFile(folder)).rows;
  const { report } = moveOnNow(folder);
  expect([report.lost, report.damaged]).toEqual([[], []]);
  expect(report.rows.events).toBe(events);
  const inbox = await openWriter(folder);
  expect(await inbox.incarnations()).toMatchObject([{ first: 1, last: null }]);
  const after = { 'shop-data': 0, 'news-data': 0 };
  const entries = await inbox.read({ after, through: ALL, limit: ALL, limitBytes: ALL });
  expect(entries).toHaveLength(events ?? -1);
});

/** Destroys the page on which a small table begins. */
function destroyTable(folder: string, name: string): void {
  const file = new DatabaseSync(join(folder, 'inbox.sqlite'), { readOnly: true });
  const { rootpage } = file.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name) as {
    rootpage: number;
  };
  file.close();
  change(folder, (bytes) => bytes.fill(0, (rootpage - 1) * 4096, rootpage * 4096));
}

it('a copy without the highest position goes on after every position that is known, in a new incarnation', async () => {
  const folder = await filledInbox();
  destroyTable(folder, 'meta');
  expect(moveOnNow(folder).report.lost).toEqual([{ table: 'meta' }]);
  const inbox = await openWriter(folder);
  await inbox.setRules([rules({ keyProperties: ['n'] })]);
  await append(inbox, { n: 2 });
  const entries = await entriesOf(inbox);
  expect(entries.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  expect(await inbox.incarnations()).toMatchObject([{ first: 1, last: 3 }, { first: 4 }]);
  expect(entries[3]?.sequence).toBeGreaterThan(entries[1]?.sequence ?? Number.POSITIVE_INFINITY);
});

it('events go on under the columns that are known when versions of their schema are lost', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  await inbox.setRules([rules()]);
  for (const name of ['first', 'second', 'third']) await append(inbox, { [name]: 1 });
  await inbox.close();
  const file = new DatabaseSync(join(folder, 'inbox.sqlite'));
  file.exec('DELETE FROM schemas WHERE version IN (1, 4)');
  file.close();
  moveOnNow(folder);
  const copy = await openWriter(folder);
  const columnsOf = async (version: number) =>
    Object.keys((await copy.schema('web-data', version)).schema.properties as object);
  expect([await columnsOf(2), await columnsOf(3), await columnsOf(4)]).toEqual([
    ['first'],
    ['first', 'second'],
    ['first', 'second'],
  ]);
  await copy.setRules([rules()]);
  expect(await append(copy, { third: 1 })).toEqual(taken({ stored: 1 }));
  expect((await copy.schemas())[0]).toMatchObject({
    schema: { type: 'object', properties: { third: { type: ['null', 'integer'] } } },
  });
});

it('a file that `current` names and that is gone is not replaced by an empty inbox', async () => {
  const folder = await filledInbox();
  setCurrentFile(folder, { path: join(folder, 'inbox-7.sqlite'), failed: false });
  const gone = { code: 'inbox_file_gone', exitCode: 7 };
  await expect(sqliteDriver(folder).writer({ create: true })).rejects.toMatchObject(gone);
  await expect(sqliteDriver(folder).reader()).rejects.toMatchObject(gone);
  expect(existsSync(join(folder, 'inbox-7.sqlite'))).toBe(false);
});

it('an inbox with copies and without `current` is refused, since an old file would give positions again', async () => {
  const folder = await filledInbox();
  moveOnNow(folder);
  moveOnNow(folder);
  rmSync(join(folder, 'current'));
  const gone = {
    code: 'current_gone',
    exitCode: 7,
    message: `The file ${join(folder, 'current')} is gone, which names the file of the inbox that counts, though there are copies to choose from: put it back, or put {"file":"inbox-3.sqlite"} into a new one.`,
  };
  await expect(sqliteDriver(folder).writer({ create: true })).rejects.toMatchObject(gone);
  await expect(sqliteDriver(folder).reader()).rejects.toMatchObject(gone);
  writeFileSync(join(folder, 'current'), '{"file":"inbox-3.sqlite"}');
  expect(numbersIn(folder)).toEqual([1, 2, 3]);
});

it('an inbox with an unfinished copy and without `current` goes on in its first file', async () => {
  const folder = await filledInbox();
  const unfinished = new DatabaseSync(join(folder, 'inbox-2.sqlite'));
  unfinished.exec('CREATE TABLE events (position INTEGER)');
  unfinished.close();
  expect(numbersIn(folder)).toEqual([1, 2, 3]);
});

it('a copy that could not be made the one that counts is removed', async () => {
  const folder = await filledInbox();
  const moving = moveOn(folder, { skipUnreadable: false });
  while (!existsSync(join(folder, 'inbox-2.sqlite'))) moving.next();
  const part = partName(join(folder, 'current'));
  mkdirSync(part);
  expect(() => {
    while (!moving.next().done);
  }).toThrow();
  expect(existsSync(join(folder, 'inbox-2.sqlite'))).toBe(false);
  rmdirSync(part);
  expect(basename(moveOnNow(folder).to)).toBe('inbox-2.sqlite');
});

it.each(['', '{"file":"../other.sqlite"}', '{"file":5}'])(
  'a file `current` with %j is refused',
  async (text) => {
    const folder = await filledInbox();
    writeFileSync(join(folder, 'current'), text);
    await expect(sqliteDriver(folder).writer()).rejects.toMatchObject({
      code: 'current_unreadable',
      exitCode: 7,
    });
    const files = readdirSync(folder).filter((name) => name !== 'reserve'); // a writer makes it after two seconds
    expect(files.sort()).toEqual(['current', 'inbox.sqlite', 'receiver.lock']);
  },
);

it('an inbox whose failed sync could not be noted beside it is copied by the next process all the same', async () => {
  const folder = await filledInbox();
  mkdirSync(join(folder, partName('current'))); // so that `current` cannot be written, as on a disk that turned read-only
  sayFailed(folder, join(folder, 'inbox.sqlite'));
  rmdirSync(join(folder, partName('current')));
  expect(existsSync(join(folder, 'current'))).toBe(false);
  const inbox = await openWriter(folder);
  await inbox.close();
  expect(readFileSync(join(folder, 'current'), 'utf8')).toBe('{"file":"inbox-2.sqlite"}\n');
  expect(numbersIn(folder)).toEqual([1, 2, 3]);
});

it('a rescue that the disk refuses does not make the next process copy the inbox', async () => {
  const folder = await filledInbox();
  mkdirSync(join(folder, partName('current'))); // so that `current` cannot be written, as on a read-only disk
  await expect(rescueFile(folder)).rejects.toMatchObject({ exitCode: 7 });
  rmdirSync(join(folder, partName('current')));
  const inbox = await openWriter(folder);
  await inbox.close();
  expect(existsSync(join(folder, 'current'))).toBe(false);
  expect(existsSync(join(folder, 'inbox-2.sqlite'))).toBe(false);
});

it('a rescue whose copy cannot be made leaves the inbox as it was', async () => {
  const folder = await filledInbox();
  setCurrentFile(folder, { path: join(folder, 'inbox.sqlite'), failed: false });
  mkdirSync(join(folder, 'inbox-2.sqlite')); // in the place of the copy
  await expect(rescueFile(folder)).rejects.toMatchObject({ exitCode: 7 });
  expect(readFileSync(join(folder, 'current'), 'utf8')).toBe('{"file":"inbox.sqlite"}\n');
  const inbox = await openWriter(folder);
  await inbox.close();
  expect(numbersIn(folder)).toEqual([1, 2, 3]);
});

it('a rescue of a file that is no inbox leaves no trace', async () => {
  const folder = await filledInbox();
  const file = join(folder, 'inbox.sqlite');
  const content = readFileSync(file);
  writeFileSync(file, 'this is no database');
  await expect(rescueFile(folder)).rejects.toMatchObject({ code: 'not_an_inbox' });
  expect(existsSync(join(folder, 'current'))).toBe(false);
  writeFileSync(file, content);
  expect(currentFile(folder)).toEqual({ path: file, failed: false });
});

it.runIf(process.platform === 'linux' && process.geteuid?.() === 0)(
  'a mark that another user has put into memory does not make the inbox copy its file',
  async () => {
    const folder = await filledInbox();
    const file = join(folder, 'inbox.sqlite');
    const { dev, ino } = statSync(file);
    distrust(file);
    const marks = ['/dev/shm', tmpdir()].flatMap((place) => {
      const names = readdirSync(place).filter((name) => name.startsWith(`tap-webhooks-${dev}-${ino}-`));
      return names.map((name) => join(place, name));
    });
    expect(currentFile(folder).failed).toBe(true);
    for (const mark of marks) chownSync(mark, 65_534, 65_534);
    expect(currentFile(folder).failed).toBe(false);
    for (const mark of marks) rmSync(mark);
  },
);
