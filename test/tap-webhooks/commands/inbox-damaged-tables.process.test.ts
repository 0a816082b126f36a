import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';
import { setCurrentFile } from '../../../packages/tap-webhooks/dist/inbox/sqlite/files/current.js';
import {
  type CheckedTable,
  columnsOf,
  digestColumn,
  digestOf,
} from '../../../packages/tap-webhooks/dist/inbox/sqlite/row-digests.js';
import { records, singer, TapHome } from '../../helpers/tap.js';

/** Every table with a digest of its own rows, and what one of its rows is called. */
const TABLES: ReadonlyArray<readonly [CheckedTable, string]> = [
  ['meta', 'newest'],
  ['incarnations', '1'],
  ['streams', '1'],
  ['checks', '1000'],
  ['sequence_keys', 'a'.repeat(40)],
  ['tokens', '1'],
  ['minutes', '1 1'],
  ['refusals', 'shop signature 1'],
  ['tombstones', '900'],
  ['requests', '1'],
  ['audit', '1'],
];
const EVENTS = 5;
const NUMBERS = [...Array(EVENTS).keys()];

/** An inbox with a row in every table. What nothing writes yet is put there. */
async function filledHome(): Promise<TapHome> {
  const home = new TapHome(['shop'], {
    integrations: [{ name: 'shop', provider: 'webhooks', key_properties: ['n'] }],
  });
  await home.path('shop');
  await home.fill('shop', ...NUMBERS.map((n) => ({ n })));
  change(home, (database) => {
    const rows: ReadonlyArray<readonly [CheckedTable, ...Array<string | number | null>]> = [
      ['checks', 1000, 'abc'],
      ['sequence_keys', 'a'.repeat(40), Date.now() + 1_000_000],
      ['minutes', 1, 1, 2, 3, 4, 5],
      ['refusals', 'shop', 'signature', 1, 7],
      ['tombstones', 900, 1, 1, 'asked for'],
      ['requests', 1, 1, 'quarantine retry', '{}', null, null],
      ['audit', 1, 1, 'root', 'url create', '{}'],
    ];
    for (const [table, ...values] of rows) {
      const row = Object.fromEntries(columnsOf(table).map((column, at) => [column, values[at] ?? null]));
      const holes = [...values, ''].map(() => '?').join(', ');
      database
        .prepare(
          `INSERT INTO ${table} (${columnsOf(table).join(', ')}, ${digestColumn(table)}) VALUES (${holes})`,
        )
        .run(...values, digestOf(table, row));
    }
  });
  return home;
}

function change(home: TapHome, how: (database: InstanceType<typeof DatabaseSync>) => void): void {
  const database = new DatabaseSync(join(home.inbox, 'inbox.sqlite'));
  how(database);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

function numberIn(home: TapHome, sql: string): number {
  let found = 0;
  change(home, (database) => {
    found = Number(Object.values(database.prepare(sql).get() as object)[0]);
  });
  return found;
}

/** Changes the page of a table, as a disk does that fails. */
function damage(home: TapHome, table: string, how: (page: Buffer) => void): void {
  const page = numberIn(home, `SELECT rootpage FROM sqlite_schema WHERE name = '${table}'`);
  const path = join(home.inbox, 'inbox.sqlite');
  const bytes = readFileSync(path);
  how(bytes.subarray((page - 1) * 4096, page * 4096));
  writeFileSync(path, bytes);
}

/** Changes a character in a row, which is found by a text that it holds. */
function damageRow(home: TapHome, table: string, text: string): void {
  damage(home, table, (page) => {
    const at = page.lastIndexOf(text);
    expect(at).toBeGreaterThan(0);
    page[at] = page[at] === 0x78 ? 0x79 : 0x78;
  });
}

function damageFirstRow(home: TapHome, table: CheckedTable, key: string): void {
  let text = '';
  change(home, (database) => {
    const [column = ''] = columnsOf(table);
    const row = database
      .prepare(`SELECT ${digestColumn(table)} AS digest FROM ${table} WHERE CAST(${column} AS TEXT) = ?`)
      .get(key.split(' ')[0] ?? '') as { digest: string };
    text = row.digest;
  });
  damageRow(home, table, text);
}

const damagePage = (home: TapHome, table: string) => damage(home, table, (page) => page.fill(0));

async function expectEverything(home: TapHome): Promise<void> {
  const { code, lines, stderr } = await home.run('drain');
  expect(
    records(lines).map(({ n }) => n),
    stderr,
  ).toEqual(NUMBERS);
  expect(singer(lines).find(({ type }) => type === 'SCHEMA')).toMatchObject({ key_properties: ['n'] });
  expect(code).toBe(0);
}

describe.each(TABLES)('a damaged row of %s', (table, key) => {
  it('verify names it, rescue copies the rest, and every event is emitted with its key', async () => {
    const home = await filledHome();
    damageFirstRow(home, table, key);
    const verified = await home.run('inbox', 'verify');
    expect(verified.code).toBe(7);
    expect(verified.stdout.trim().split('\n').slice(1)).toEqual([`Not what was recorded: ${table} ${key}`]);
    expect(await home.run('inbox', 'rescue')).toMatchObject({ code: 0 });
    expect((await home.run('inbox', 'verify')).code).toBe(0);
    await expectEverything(home);
  });
});

describe.each([...TABLES.map(([table]) => table), 'schemas', 'delivery_ids', 'quarantine'])(
  'a damaged page of %s',
  (table) => {
    it('verify names it, the copy after a failed sync has the rest, and every event is emitted with its key', async () => {
      const home = await filledHome();
      damagePage(home, table);
      const verified = await home.run('inbox', 'verify');
      expect(verified.code, verified.stderr).toBe(7);
      expect(verified.stdout, verified.stderr).toContain(`Cannot be read: all of ${table}`);
      setCurrentFile(home.inbox, { path: join(home.inbox, 'inbox.sqlite'), failed: true });
      await home.fill('shop'); // a receiver starts
      await expectEverything(home);
      expect((await home.run('inbox', 'verify')).code).toBe(0);
    });
  },
);

describe.each(['meta', 'incarnations', 'streams'])('a damaged page of %s before a drain', (table) => {
  it('the drain emits nothing, and says what to do', async () => {
    const home = await filledHome();
    damagePage(home, table);
    const { code, stderr } = await home.run('drain');
    expect(code).toBe(7);
    expect(stderr).toContain('`tap-webhooks inbox rescue` copies what can be read');
  });
});

it('events are emitted with their key after a rescue that found no schema at all', async () => {
  const home = await filledHome();
  damagePage(home, 'schemas');
  expect(await home.run('inbox', 'rescue')).toMatchObject({ code: 0 });
  await expectEverything(home);
});

it('rescue tells for which integration a damaged URL has to be made again', async () => {
  const home = await filledHome();
  damageFirstRow(home, 'tokens', '1');
  const { stdout } = await home.run('inbox', 'rescue');
  expect(stdout).toContain(
    'Make a new URL with `tap-webhooks url create`, and give it to the sender, for: shop\n',
  );
  expect((await home.run('url', 'list', '--json')).stdout.trim()).toBe('{\n  "urls": []\n}');
});

it('a receiver that meets a damaged row at its start goes on in a copy', async () => {
  const home = await filledHome();
  damageFirstRow(home, 'streams', '1');
  await home.fill('shop', { n: EVENTS });
  const { code, lines } = await home.run('drain');
  expect(code).toBe(0);
  expect(records(lines).map(({ n }) => n)).toEqual([...NUMBERS, EVENTS]);
});

it('verify names an index that does not lead to every row, and the copy has a whole one', async () => {
  const home = await filledHome();
  damage(home, 'events_by_stream', (page) => {
    page[page.length - 2] = 3; // the position of its first row
  });
  const verified = await home.run('inbox', 'verify');
  expect(verified.code).toBe(7);
  expect(verified.stdout).toContain('Cannot be read: the index events_by_stream\n');
  expect(await home.run('inbox', 'rescue')).toMatchObject({ code: 0 });
  await expectEverything(home);
});
