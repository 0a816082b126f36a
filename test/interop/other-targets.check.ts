import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../helpers/program.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { tempFolder } from '../helpers/temp.js';
import { configFile, filesOf, foreignOutput, parsed, payload } from './foreign.js';

// Targets of others behind tap-webhooks, unchanged: the Hub's target-jsonl and target-duckdb, both from PyPI.

const EVENTS = [
  '{"order_id": 1, "big": 1234567890123456789, "dec": 0.1234567890123456789012345, "name": "Ä \\"q\\" \\\\ 漢字 \\u0001"}',
  '{"order_id": 2, "items": [{"sku": "a", "tags": ["x", "y"]}, {"sku": null}], "customer": {"id": 7, "vip": true}}',
  '{"order_id": 3, "big": "now text", "items": [], "customer": {}, "none": null}',
  '[{"order_id": 4, "name": "first of two"}, {"order_id": 5, "name": "second of two"}]',
];

/** What the tap prints of EVENTS. */
async function drained(): Promise<string> {
  const integrations = [{ name: 'orders', provider: 'webhooks', key_properties: ['order_id'] }];
  const home = new TapProcesses(['orders'], { integrations });
  await home.fill('orders', ...EVENTS);
  const { code, stdout, stderr } = await home.run('drain');
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Loads with the Hub's target-jsonl and with ours in its manner, into two empty folders. */
async function loadBoth(settings: object) {
  const singer = await drained();
  const [theirs, ours] = [tempFolder(), tempFolder()];
  const hubConfig = configFile({ destination_path: theirs, ...settings });
  const hubState = await foreignOutput('target-jsonl', ['--config', hubConfig], { stdin: singer });
  const ourConfig = configFile({
    destination_path: ours,
    file_naming: 'hub',
    add_record_metadata: false,
    ...settings,
  });
  const { code, lines, stderr } = await runProgram('target-jsonl', ['--config', ourConfig], {
    stdin: singer,
  });
  expect(code, stderr).toBe(0);
  return { theirs: filesOf(theirs), ours: filesOf(ours), states: [hubState.trim(), lines.at(-1) ?? ''] };
}

test("the Hub's target-jsonl writes every value as it was sent", async () => {
  const { theirs } = await loadBoth({ do_timestamp_file: false });
  const [first = '', second = '', third = '', ...array] = theirs['orders-data.jsonl'] ?? [];
  expect(first).toContain('"big": 1234567890123456789');
  expect(first).toContain('"dec": 0.1234567890123456789012345');
  expect(payload(JSON.parse(second))).toEqual(JSON.parse(EVENTS[1] ?? ''));
  expect(payload(JSON.parse(third))).toEqual({
    order_id: 3,
    big__st: 'now text',
    items: [],
    customer: {},
    none: null,
  });
  expect(parsed(array).map(payload)).toEqual(JSON.parse(EVENTS[3] ?? ''));
});

test("target-jsonl in the Hub's manner writes the same files, rows and last state as the Hub's", async () => {
  const { theirs, ours, states } = await loadBoth({ do_timestamp_file: false });
  expect(Object.keys(ours)).toEqual(['orders-data.jsonl']);
  expect(rowsOf(ours)).toEqual(rowsOf(theirs));
  const [first = ''] = ours['orders-data.jsonl'] ?? [];
  expect(first).toMatch(/"big": ?1234567890123456789,/);
  expect(first).toMatch(/"dec": ?0\.1234567890123456789012345,/);
  expect(JSON.parse(states[1] ?? '')).toEqual(JSON.parse(states[0] ?? ''));
});

test("custom_name names the file as the Hub's target-jsonl does", async () => {
  const { theirs, ours } = await loadBoth({ do_timestamp_file: false, custom_name: 'sales' });
  expect(Object.keys(theirs)).toEqual(['sales.jsonl']);
  expect(rowsOf(ours)).toEqual(rowsOf(theirs));
});

test("do_timestamp_file names the file as the Hub's target-jsonl does", async () => {
  const { theirs, ours } = await loadBoth({ do_timestamp_file: true });
  const digits = (files: object) => Object.keys(files).map((name) => name.replace(/\d{8}T\d{6}/, '<time>'));
  expect(digits(theirs)).toEqual(['orders-data-<time>.jsonl']);
  expect(digits(ours)).toEqual(digits(theirs));
  expect(Object.values(rowsOf(ours))).toEqual(Object.values(rowsOf(theirs)));
});

test('target-duckdb keeps the columns of the tap, and a row for each event', async () => {
  const database = join(tempFolder(), 'warehouse.db');
  const config = configFile({ filepath: database, default_target_schema: 'main' });
  const state = await foreignOutput('target-duckdb', ['--config', config], { stdin: await drained() });
  const bookmarks = JSON.parse(state.trim().split('\n').at(-1) ?? '').bookmarks;
  expect(bookmarks['orders-data'].position).toBe(5);

  const columns =
    'order_id, big::VARCHAR big, big__st, name, customer, _sdc_position, typeof(_sdc_received_at) received_at';
  const rows = await query(database, `SELECT ${columns} FROM main.data ORDER BY _sdc_position`);
  const received_at = 'TIMESTAMP';
  const none = { big: null, big__st: null, name: null, customer: null, received_at };
  expect(rows).toEqual([
    { ...none, order_id: 1, big: '1234567890123456789', name: 'Ä "q" \\ 漢字 \u0001', _sdc_position: 1 },
    { ...none, order_id: 2, customer: '{"id": 7, "vip": true}', _sdc_position: 2 },
    { ...none, order_id: 3, big__st: 'now text', customer: '{}', _sdc_position: 3 },
    { ...none, order_id: 4, name: 'first of two', _sdc_position: 4 },
    { ...none, order_id: 5, name: 'second of two', _sdc_position: 5 },
  ]);
});

// Not target-duckdb: version 0.8.0 copies each batch from a CSV file without saying that it has no header, and DuckDB takes the
// first row of these batches for one. With `header false` in its COPY all samples load.
test("the Hub's target-jsonl loads the sample webhooks of every built-in provider", async () => {
  const providers = ['delighted', 'vero'];
  const integrations = providers.map((provider) => ({ name: provider, provider }));
  const home = new TapProcesses(providers, { integrations });
  for (const provider of providers) await home.fill(provider, ...samples(provider));
  const { stdout } = await home.run('drain');
  const folder = tempFolder();
  const config = configFile({ destination_path: folder, do_timestamp_file: false });
  await foreignOutput('target-jsonl', ['--config', config], { stdin: stdout });
  for (const provider of providers) {
    const rows = (filesOf(folder)[`${provider}-data.jsonl`] ?? []).map((row) => payload(JSON.parse(row)));
    expect(rows).toHaveLength(samples(provider).length);
    expect(rows[0]).toMatchObject(JSON.parse(samples(provider)[0] ?? ''));
  }
});

/** The bundled sample payloads of a provider, in order. */
function samples(provider: string): string[] {
  const folder = fileURLToPath(new URL(`../../examples/payloads/${provider}`, import.meta.url));
  const files = readdirSync(folder).sort();
  return files.map((file) => readFileSync(join(folder, file), 'utf8'));
}

function rowsOf(files: { readonly [file: string]: string[] }) {
  return Object.fromEntries(Object.entries(files).map(([file, lines]) => [file, parsed(lines)]));
}

const QUERY = `
import duckdb, json, sys
cursor = duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2])
names = [column[0] for column in cursor.description]
print(json.dumps([dict(zip(names, row)) for row in cursor.fetchall()]))
`;

async function query(database: string, sql: string): Promise<unknown> {
  return JSON.parse(await foreignOutput('target-duckdb/python', ['-c', QUERY, database, sql]));
}
