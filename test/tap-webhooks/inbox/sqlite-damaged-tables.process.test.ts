import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { setCurrentFile } from '../../../packages/tap-webhooks/dist/inbox/sqlite/files/current.js';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, NOW, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';

const shop = rules({ name: 'web', keyProperties: ['id'], latestBy: 'id' });

async function openWriter(folder: string, log?: object) {
  const inbox = await sqliteDriver(folder).writer({ create: true, ...(log && { log: log as never }) });
  onTestFinished(() => inbox.close());
  await inbox.setRules([shop]);
  return inbox;
}

function change(folder: string, how: (database: InstanceType<typeof DatabaseSync>) => void): void {
  const database = new DatabaseSync(join(folder, 'inbox.sqlite'));
  how(database);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** Empties the page on which a table begins, as a disk does that fails. */
function damagePage(folder: string, table: string): void {
  let page = 0;
  change(folder, (database) => {
    const row = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table);
    page = (row as { rootpage: number }).rootpage;
  });
  const path = join(folder, 'inbox.sqlite');
  const bytes = readFileSync(path);
  bytes.fill(0, (page - 1) * 4096, page * 4096);
  writeFileSync(path, bytes);
}

it('a URL whose row is damaged is refused, and the log names its integration', async () => {
  const folder = tempFolder();
  const logged: object[] = [];
  const note = (fields: object) => logged.push(fields);
  const inbox = await openWriter(folder, { error: note, warn: note });
  await inbox.addToken('web', 'a'.repeat(64), NOW);
  await inbox.addToken('web', 'b'.repeat(64), NOW);
  change(folder, (database) => database.exec(`UPDATE tokens SET sha256 = '${'c'.repeat(64)}' WHERE id = 1`));
  expect((await inbox.liveTokens()).map(({ id }) => id)).toEqual([2]);
  await until(() => logged.length > 0, 'a line of the log');
  expect(logged).toEqual([{ id: 1, integration: 'web' }]);
  expect((await inbox.addToken('web', 'd'.repeat(64), NOW)).id).toBe(3); // it does not count as one of two
});

it.each(['incarnations', 'streams', 'tokens'])(
  'events keep their identity when the page of %s is lost',
  async (table) => {
    const folder = tempFolder();
    const inbox = await openWriter(folder);
    for (const id of [1, 2]) await append(inbox, { id });
    await inbox.renew(NOW);
    await append(inbox, { id: 3 });
    const [entries, incarnations] = [await entriesOf(inbox), await inbox.incarnations()];
    await inbox.close();
    damagePage(folder, table);
    const again = await openWriter(folder);
    expect(await entriesOf(again)).toEqual(entries);
    expect(await again.incarnations()).toEqual(incarnations);
    expect(await append(again, { id: 4 })).toEqual(taken({ stored: 1 }));
    expect(await again.newest()).toBe(4);
  },
);

it('a writer that meets damage refuses that delivery, and goes on in a copy', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  await append(inbox, { id: 1 });
  const entries = await entriesOf(inbox);
  await inbox.close();
  damagePage(folder, 'minutes');
  const again = await openWriter(folder);
  await expect(append(again, { id: 2 })).rejects.toMatchObject({ code: 'inbox_unavailable' });
  const takes = () => append(again, { id: 2 }).catch(() => undefined);
  await until(async () => (await takes()) !== undefined, 'the copy');
  await until(async () => (await again.newest()) === 2, 'the reader to notice the copy');
  expect((await entriesOf(again)).slice(0, 1)).toEqual(entries);
});

it('a lost row of `streams` is counted anew, and still tells how far the stream was trimmed', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  for (const id of [1, 2, 3]) await append(inbox, { id });
  await append(inbox, '5');
  await inbox.trim({
    confirmed: { 'web-data': 2 },
    checksFrom: 0,
    receivedBefore: NOW + 1,
    deliveriesBefore: 0,
  });
  const before = await inbox.streams();
  await inbox.close();
  damagePage(folder, 'streams');
  const again = await openWriter(folder);
  expect(before).toMatchObject([
    { newest: 3, trimmedThrough: 2, kept: 1, counters: { stored: 3, quarantined: 1 } },
  ]);
  expect(await again.streams()).toEqual(before);
});

it('`_sdc_sequence` of a key still rises when the keys, or the mark, are lost', async () => {
  for (const table of ['sequence_keys', 'meta']) {
    const folder = tempFolder();
    const inbox = await openWriter(folder);
    const ahead = Date.now() + 3_600_000; // of a clock that was wrong for a while
    await append(inbox, { id: 1 }, { receivedAt: ahead });
    await inbox.close();
    damagePage(folder, table);
    const again = await openWriter(folder);
    await append(again, { id: 1 }, { receivedAt: Date.now() });
    const [first, second] = (await entriesOf(again)).map(({ sequence }) => sequence);
    expect(first).toBe(ahead);
    expect(second).toBeGreaterThan(ahead);
  }
});

it('a lost check of a bookmark is taken from what its consumer has confirmed', async () => {
  const folder = tempFolder();
  const inbox = await openWriter(folder);
  for (const id of [1, 2]) await append(inbox, { id });
  const [{ position, check, inbox: incarnation }] = (await entriesOf(inbox)) as [
    Awaited<ReturnType<typeof entriesOf>>[number],
  ];
  const lease = await inbox.consumers.lease('warehouse');
  await lease.register('all');
  await lease.confirm({ 'web-data': { position, inbox: incarnation, check } });
  await lease.release();
  await inbox.trim({
    confirmed: { 'web-data': 1 },
    checksFrom: 0,
    receivedBefore: NOW + 1,
    deliveriesBefore: 0,
  });
  await inbox.close();
  damagePage(folder, 'checks');
  setCurrentFile(folder, { path: join(folder, 'inbox.sqlite'), failed: true });
  const again = await openWriter(folder);
  expect(await again.check(1)).toBe(check);
});
