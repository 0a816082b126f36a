import { cpSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, rowsOf, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';

async function openWriter(folder: string) {
  const inbox = await sqliteDriver(folder).writer({ create: true });
  await inbox.setRules([rules()]);
  return inbox;
}

/** Opens an inbox whose file holds one event. More are in its log. */
async function inboxWithLog() {
  const folder = tempFolder();
  const first = await openWriter(folder);
  await append(first, { n: 1 });
  await first.close();
  const file = join(folder, 'inbox.sqlite');
  cpSync(file, `${file}.backup`);
  const second = await openWriter(folder);
  for (const n of [2, 3]) await append(second, { n });
  await second.close();
  const inbox = await openWriter(folder);
  onTestFinished(() => inbox.close());
  expect(await append(inbox, { n: 4 })).toEqual(taken({ stored: 1 }));
  return { inbox, file, log: `${file}-wal`, backup: `${file}.backup` };
}

for (const [what, change] of [
  ['cut to nothing', (file: string) => truncateSync(file, 0)],
  ['cut by a page', (file: string) => truncateSync(file, statSync(file).size - 4096)],
  ['overwritten by an older copy', (file: string) => writeFileSync(file, readFileSync(`${file}.backup`))],
] as const) {
  it(`a file that was ${what} under the receiver ends the acknowledgements`, async () => {
    const { inbox, file } = await inboxWithLog();
    change(file);
    await expect(append(inbox, { n: 5 })).rejects.toThrow('another program cut its file or wrote to it');
    await expect(append(inbox, { n: 6 })).rejects.toThrow('another program cut its file or wrote to it');
  });
}

for (const [what, change] of [
  ['cut to nothing', (log: string) => truncateSync(log, 0)],
  ['cut to its first page', (log: string) => truncateSync(log, 4152)],
  ['overwritten', (log: string) => writeFileSync(log, Buffer.alloc(statSync(log).size))],
] as const) {
  it(`a log that was ${what} under the receiver ends the acknowledgements, and is not moved into the file`, async () => {
    const { inbox, file, log } = await inboxWithLog();
    await append(inbox, { n: 5 });
    const before = readFileSync(file);
    change(log);
    await expect(append(inbox, { n: 6 })).rejects.toThrow('another program cut its log or wrote to it');
    await expect(append(inbox, { n: 7 })).rejects.toThrow('another program cut its log or wrote to it');
    await inbox.close();
    expect(readFileSync(file).equals(before)).toBe(true);
  });
}

it('a file whose time alone was changed is used as before', async () => {
  const { inbox, file } = await inboxWithLog();
  utimesSync(file, 0, 0);
  expect(await append(inbox, { n: 5 })).toEqual(taken({ stored: 1 }));
});

it('a file that gets its content back is used again', async () => {
  const { inbox, file } = await inboxWithLog();
  const content = readFileSync(file);
  truncateSync(file, 0);
  await expect(append(inbox, { n: 5 })).rejects.toThrow('another program cut its file');
  writeFileSync(file, content);
  await until(async () => (await append(inbox, { n: 6 }).catch(() => undefined)) !== undefined, 'it is used');
  const rows = await rowsOf(inbox);
  expect(rows.slice(0, 4)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}']);
  expect(rows.at(-1)).toBe('{"n":6}');
});

it('the receiver goes on when it has moved its own log into the file, and trimmed it', async () => {
  const { inbox } = await inboxWithLog();
  const body = 'x'.repeat(100_000);
  for (let n = 0; n < 200; n += 1) expect(await append(inbox, { n, body })).toEqual(taken({ stored: 1 }));
  await inbox.trim({
    confirmed: { 'survey-data': await inbox.newest() },
    receivedBefore: Number.MAX_SAFE_INTEGER,
    checksFrom: 0,
    deliveriesBefore: 0,
  });
  expect(await append(inbox, { n: 201 })).toEqual(taken({ stored: 1 }));
});

it('a command that makes a URL beside the receiver leaves a long log where it is', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  onTestFinished(() => inbox.close());
  const body = 'x'.repeat(100_000);
  for (let n = 0; n < 60; n += 1) await append(inbox, { n, body }); // SQLite itself would move a log of 4 MB
  const file = join(folder, 'inbox.sqlite');
  const before = readFileSync(file);
  const command = await sqliteDriver(folder).admin();
  await command.addToken('survey', 'a'.repeat(64), 1_767_225_600_000);
  await command.close();
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(await append(inbox, { n: 60 })).toEqual(taken({ stored: 1 }));
});
