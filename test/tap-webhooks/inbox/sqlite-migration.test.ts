import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  downgrade,
  rescueFile,
  sqliteDriver,
  verifyFile,
} from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { schemaDigest } from '../../../packages/tap-webhooks/dist/inbox/sqlite/schemas.js';
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

describe('versions of schemas that an older program stored in one epoch', () => {
  it('versions get an epoch for each key and latest_by when the inbox is opened, and keep their digests right', async () => {
    const folder = join(tempFolder(), 'inbox');
    const inbox = await openWriter(folder);
    const keyed = rules({ keyProperties: ['id'] });
    for (const one of [keyed, rules(), keyed, { ...keyed, latestBy: 'id' }]) {
      await inbox.setRules([one]);
      await append(inbox, { id: 1, [`name_${one.keyProperties.length}`]: 1 });
    }
    await inbox.close();
    const sql = 'SELECT version, epoch, digest FROM schemas ORDER BY version';
    const before = query(folder, sql);
    change(folder, "DELETE FROM meta WHERE name = 'epochs'; UPDATE schemas SET epoch = 1");
    for (const { version, digest } of digestsOfFirstEpoch(folder))
      change(folder, `UPDATE schemas SET digest = '${digest}' WHERE version = ${version}`);
    expect(query(folder, 'SELECT DISTINCT epoch FROM schemas')).toEqual([{ epoch: 1 }]);

    await (await openWriter(folder)).close();
    expect(query(folder, sql)).toEqual(before);
    expect(before.map((row) => (row as { epoch: number }).epoch)).toEqual([1, 1, 2, 2, 3, 4]);

    change(folder, "DELETE FROM meta WHERE name = 'epochs'"); // as in a copy that lost it
    await (await openWriter(folder)).close();
    expect(query(folder, sql)).toEqual(before);
  });

  it('versions have digests that cover their epoch', async () => {
    const folder = join(tempFolder(), 'inbox');
    const inbox = await openWriter(folder);
    for (const one of [rules(), rules({ keyProperties: ['id'] })]) {
      await inbox.setRules([one]);
      await append(inbox, { id: 1, [`name_${one.keyProperties.length}`]: 1 });
    }
    await inbox.close();
    expect((await verifyFile(folder)).damaged).toEqual([]);
    change(folder, 'UPDATE schemas SET epoch = 1 WHERE version = 4');
    expect((await verifyFile(folder)).damaged).toEqual([{ table: 'schemas', from: '1 4', to: '1 4' }]);
  });

  it('versions of format 1 get them in the migration', async () => {
    const folder = copyOfFixture();
    const keyed = `UPDATE schemas SET description = json_replace(description, '$.keyProperties', json('["n"]'))
      WHERE version = 2 AND stream = (SELECT id FROM streams WHERE name = 'news-data')`;
    change(folder, keyed);
    const inbox = await openWriter(folder);
    expect(await inbox.newestOfEpoch('news-data', 1)).toMatchObject({
      version: 1,
      epoch: 1,
      keyProperties: [],
    });
    expect(await inbox.newestOfEpoch('news-data', 2)).toMatchObject({
      version: 2,
      epoch: 2,
      keyProperties: ['n'],
    });
  });
});

function change(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'inbox.sqlite'));
  database.exec(sql);
  database.close();
}

function digestsOfFirstEpoch(folder: string): Array<{ version: number; digest: string }> {
  const rows = query(folder, 'SELECT version, description, base FROM schemas') as Array<{
    version: number;
    description: string;
    base: number | null;
  }>;
  return rows.map(({ version, description, base }) => ({
    version,
    digest: schemaDigest('web-data', version, description, base, 1),
  }));
}
