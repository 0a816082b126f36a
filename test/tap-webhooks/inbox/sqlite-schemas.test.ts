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

it('a version of a schema is stored as what it adds, and every fiftieth whole', async () => {
  const { folder } = await inboxOfManyNames();
  const versions = versionsIn(folder);
  expect(versions).toHaveLength(121);
  expect(versions.filter(({ base }) => base === null).map(({ version }) => version)).toEqual([1, 50, 100]);
  expect(versions.at(-1)?.bytes).toBeLessThan(120);
});

it('every version of a schema is read with all of its columns, and with those of no later one', async () => {
  const { inbox } = await inboxOfManyNames();
  for (const version of [2, 49, 50, 51, 100, 121]) {
    const { schema } = await inbox.schema('web-data', version);
    const names = Array.from({ length: version - 1 }, (_, index) => `name_${index + 1}`);
    expect(Object.keys(schema.properties as object)).toEqual(names);
  }
});

it('trimming keeps the whole version that a kept one adds to', async () => {
  const { inbox, folder } = await inboxOfManyNames();
  await trimAll(inbox, { confirmed: { 'web-data': 110 } });
  expect((await entriesOf(inbox))[0]).toMatchObject({ position: 111, schemaVersion: 112 });
  expect(versionsIn(folder)[0]).toMatchObject({ version: 100, base: null });
  expect(Object.keys((await inbox.schema('web-data', 112)).schema.properties as object)).toHaveLength(111);
});
