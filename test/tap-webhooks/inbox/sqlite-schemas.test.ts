import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, rules, trimAll } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

/** An inbox with 120 events, each of which brings a new name. The rules are version 1, so event n needs version n + 1. */
async function inboxOfManyNames() {
  const folder = tempFolder();
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules()]);
  for (let n = 1; n <= 120; n += 1) await append(inbox, { [`name_${n}`]: n });
  return { inbox, folder };
}

function versionsIn(folder: string): Array<{ version: number; base: number | null; bytes: number }> {
  const database = new DatabaseSync(join(folder, 'inbox.sqlite'), { readOnly: true });
  try {
    const sql = 'SELECT version, base, length(description) AS bytes FROM schemas ORDER BY version';
    return database.prepare(sql).all() as ReturnType<typeof versionsIn>;
  } finally {
    database.close();
  }
}

it('a version of a schema is stored as what it adds, and whole when that has become as long as a whole one', async () => {
  const { folder } = await inboxOfManyNames();
  const versions = versionsIn(folder);
  expect(versions).toHaveLength(121);
  const wholes = versions.filter(({ base }) => base === null);
  expect(wholes.length).toBeLessThan(12);
  for (const [index, { version, bytes }] of wholes.entries()) {
    const added = versions.filter(
      (one) => one.version > version && one.version < (wholes[index + 1]?.version ?? 122),
    );
    const changes = added.reduce((sum, one) => sum + one.bytes, 0);
    expect(changes - (added.at(-1)?.bytes ?? 0)).toBeLessThanOrEqual(bytes);
    if (index < wholes.length - 1) expect(changes).toBeGreaterThanOrEqual(bytes);
    for (const one of added) expect(one.bytes).toBeLessThan(120);
  }
});

it('a restart is no reason to store a schema whole', async () => {
  const { inbox, folder } = await inboxOfManyNames();
  const wholes = () => versionsIn(folder).filter(({ base }) => base === null).length;
  const before = wholes();
  let open = inbox;
  for (let n = 0; n < 6; n += 1) {
    await open.close();
    open = await sqliteDriver(folder).writer();
    await open.setRules([rules()]);
    await append(open, { [`more_${n}`]: n });
  }
  await open.close();
  expect(versionsIn(folder)).toHaveLength(127);
  expect(wholes() - before).toBeLessThanOrEqual(1);
});

it('every version of a schema is read with all of its columns, and with those of no later one', async () => {
  const { inbox } = await inboxOfManyNames();
  for (const version of [2, 49, 50, 51, 100, 121]) {
    const { schema } = await inbox.schema('web-data', version);
    const names = Array.from({ length: version - 1 }, (_, index) => `name_${index + 1}`);
    expect(Object.keys(schema.properties as object)).toEqual(names);
  }
});

it('trimming keeps the whole version that a kept one adds to, and nothing before it', async () => {
  const { inbox, folder } = await inboxOfManyNames();
  const whole = versionsIn(folder).findLast(({ version, base }) => base === null && version <= 112);
  await trimAll(inbox, { confirmed: { 'web-data': 110 } });
  expect((await entriesOf(inbox))[0]).toMatchObject({ position: 111, schemaVersion: 112 });
  expect(versionsIn(folder)[0]).toEqual(whole);
  expect(Object.keys((await inbox.schema('web-data', 112)).schema.properties as object)).toHaveLength(111);
});
