import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  downgrade,
  rescueFile,
  sqliteDriver,
} from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, NOW, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

/** An inbox of format 1; `sqlite-fixture.test.ts` says what is in it. */
const FIXTURE = fileURLToPath(new URL('./fixtures/format-1', import.meta.url));
const shop = rules({ name: 'shop', keyProperties: ['id'], deliveryId: { header: 'x-id' }, latestBy: 'id' });

function copyOfFixture(): string {
  const folder = join(tempFolder(), 'inbox');
  cpSync(FIXTURE, folder, { recursive: true });
  return folder;
}

async function openWriter(folder: string) {
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  return inbox;
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

/** Every table with its columns, and every index, in an order that does not depend on how the file came to be. */
function structureOf(folder: string): object[] {
  return query(
    folder,
    `SELECT t.name AS 'table', c.name AS 'column', c.type, c."notnull", c.dflt_value, c.pk, t.wr
     FROM pragma_table_list AS t, pragma_table_info(t.name) AS c WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%'
     UNION ALL SELECT tbl_name, name, type, 0, NULL, 0, 0 FROM sqlite_schema WHERE type = 'index' ORDER BY 1, 2`,
  );
}

describe('the migration to format 2', () => {
  it('the migration gives an older file the tables and columns of a new one', async () => {
    const [old, fresh] = [copyOfFixture(), join(tempFolder(), 'inbox')];
    for (const folder of [old, fresh]) await (await sqliteDriver(folder).writer({ create: true })).close();
    expect(structureOf(old)).toEqual(structureOf(fresh));
  });

  it('a file of format 2 without the table of refused requests can be read, and gets it when it is opened for writing', async () => {
    const folder = join(tempFolder(), 'inbox');
    await (await sqliteDriver(folder).writer({ create: true })).close();
    const database = new DatabaseSync(join(folder, 'inbox.sqlite'));
    database.exec('DROP TABLE refusals');
    database.close();
    const reader = await sqliteDriver(folder).reader();
    expect(await reader.refusals(0)).toEqual([]);
    await reader.close();
    const refused = { integration: 'shop', reason: 'not_json', minute: NOW, count: 1 };
    const inbox = await openWriter(folder);
    await inbox.addRefusals([refused]);
    expect(await inbox.refusals(0)).toEqual([refused]);
  });

  it('the migration recognises retries of deliveries that the older version took, and of those that come after it', async () => {
    const inbox = await openWriter(copyOfFixture());
    await inbox.setRules([shop]);
    const send = (body: object, deliveryId: string) =>
      append(inbox, body, { integration: 'shop', deliveryId });
    expect(await send({ id: 1, price: 5 }, 'd1')).toEqual(taken({ duplicate: 1 }));
    expect(await send({ id: 1, price: 5.5 }, 'd1')).toEqual(taken({ stored: 1 }));
    expect(await send({ id: 1, price: 5.5 }, 'd1')).toEqual(taken({ duplicate: 1 }));
  });

  it('the migration gives an older file an estimate of the bytes that each stream keeps', async () => {
    const folder = copyOfFixture();
    const inbox = await openWriter(folder);
    await inbox.setRules([shop]);
    const rows = query(
      folder,
      'SELECT name, kept_bytes > 0 AS some, quarantined_bytes FROM streams ORDER BY name',
    );
    expect(rows).toEqual([
      { name: 'news-data', some: 1, quarantined_bytes: expect.any(Number) },
      { name: 'quiet-data', some: 0, quarantined_bytes: 0 },
      { name: 'shop-data', some: 1, quarantined_bytes: expect.any(Number) },
    ]);
  });
});

describe('the way back to format 1', () => {
  it('the way back gives a file the tables and columns that format 1 had', async () => {
    const [folder, former] = [copyOfFixture(), copyOfFixture()];
    await (await sqliteDriver(folder).writer()).close();
    expect(await downgrade(folder)).toBe(1);
    expect(structureOf(folder)).toEqual(structureOf(former));
    expect(query(folder, 'PRAGMA user_version')).toEqual([{ user_version: 1 }]);
    const meta = 'SELECT name, value FROM meta ORDER BY name';
    expect(query(folder, meta)).toEqual(query(former, meta));
    for (const table of [
      'events',
      'checks',
      'quarantine',
      'schemas',
      'tokens',
      'deliveries',
      'sequence_keys',
    ])
      expect(query(folder, `SELECT * FROM ${table}`)).toEqual(query(former, `SELECT * FROM ${table}`));
  });

  it('the way back keeps events that this version recorded, with whole schemas', async () => {
    const folder = join(tempFolder(), 'inbox');
    const inbox = await openWriter(folder);
    await inbox.setRules([rules()]);
    await append(inbox, { a: 1 });
    await append(inbox, { a: 1, b: 'x' });
    await inbox.close();
    await downgrade(folder);
    expect(query(folder, 'SELECT position, received_at, schema_version FROM events')).toEqual([
      { position: 1, received_at: NOW, schema_version: 2 },
      { position: 2, received_at: NOW, schema_version: 3 },
    ]);
    const [, , third] = query(folder, 'SELECT description FROM schemas ORDER BY version') as Array<{
      description: string;
    }>;
    expect(JSON.parse(third?.description ?? '').schema.properties).toEqual({
      a: { type: ['null', 'integer'] },
      b: { type: ['null', 'string'] },
    });
    const again = await openWriter(folder);
    expect(await again.schema('web-data', 3)).toMatchObject({ version: 3, splits: {} });
  });

  it('the way back of an inbox that goes on in a copy gives the copy the name that the former version knows', async () => {
    const folder = join(tempFolder(), 'inbox');
    const inbox = await openWriter(folder);
    await inbox.setRules([rules()]);
    await append(inbox, { a: 1 });
    const entries = await entriesOf(inbox);
    await inbox.close();
    await rescueFile(folder);
    writeFileSync(join(folder, 'inbox.sqlite-wal'), 'a log of the former file');
    expect(await downgrade(folder)).toBe(1);
    const files = readdirSync(folder).filter((name) => /sqlite(-wal)?$/.test(name));
    expect(files.sort()).toEqual(['former-inbox.sqlite', 'former-inbox.sqlite-wal', 'inbox.sqlite']);
    expect(query(folder, 'SELECT position FROM events')).toEqual([{ position: 1 }]);
    expect(query(folder, 'PRAGMA user_version')).toEqual([{ user_version: 1 }]);
    expect(await entriesOf(await openWriter(folder))).toEqual(entries);
  });

  it('the way back is refused while there are events of an earlier incarnation', async () => {
    const folder = join(tempFolder(), 'inbox');
    const inbox = await openWriter(folder);
    await inbox.setRules([rules()]);
    await append(inbox, { a: 1 });
    await inbox.renew(NOW);
    await inbox.close();
    await expect(downgrade(folder)).rejects.toMatchObject({ code: 'no_way_back', exitCode: 1 });
    expect(query(folder, 'PRAGMA user_version')).toEqual([{ user_version: 2 }]);
  });
});
