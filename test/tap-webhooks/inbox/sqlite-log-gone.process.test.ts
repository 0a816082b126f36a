import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, rowsOf, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';

async function openWriter(folder: string) {
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules()]);
  return inbox;
}

/** Returns what is in the file of an inbox by itself, without its log: what a process that dies leaves. */
async function rowsWithoutLog(folder: string): Promise<string[]> {
  const copy = tempFolder();
  mkdirSync(copy, { recursive: true });
  cpSync(join(folder, 'inbox.sqlite'), join(copy, 'inbox.sqlite'));
  const reader = await sqliteDriver(copy).reader();
  try {
    return await rowsOf(reader);
  } finally {
    await reader.close();
  }
}

it('a log that was removed under the receiver ends the acknowledgements, and what it held is saved', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  for (const n of [1, 2]) expect(await append(inbox, { n })).toEqual(taken({ stored: 1 }));
  rmSync(join(folder, 'inbox.sqlite-wal'));
  await expect(append(inbox, { n: 3 })).rejects.toThrow('its log was removed');
  const saved = await until(async () => {
    const rows = await rowsWithoutLog(folder).catch(() => []);
    return rows.length >= 2 ? rows : undefined;
  }, 'the rows are in the file');
  expect(saved.slice(0, 2)).toEqual(['{"n":1}', '{"n":2}']);
  await expect(append(inbox, { n: 4 })).rejects.toThrow('its log was removed');
});

it('a log that is put back is used again', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  await append(inbox, { n: 1 });
  const log = join(folder, 'inbox.sqlite-wal');
  renameSync(log, `${log}.away`);
  await expect(append(inbox, { n: 2 })).rejects.toThrow('its log was removed');
  renameSync(`${log}.away`, log);
  await until(
    async () => (await append(inbox, { n: 3 }).catch(() => undefined)) !== undefined,
    'the log is used',
  );
  const rows = await rowsOf(inbox);
  expect(rows.at(0)).toBe('{"n":1}');
  expect(rows.at(-1)).toBe('{"n":3}');
});
