// npm run bench:columns - what new columns cost: CPU seconds of the tap's drain and of target-jsonl, and bytes of the inbox per byte
// of the bodies. [--events 10000] [--examples FILE], a JSON file of GitHub's example payloads, as @octokit/webhooks-examples has
// them in api.github.com/index.json; without it, payloads of that size and kind are made up.
// Targets: events with a new name each take at most 3 times the CPU of events without; the payloads at most 3 s in the target;
// the inbox at most 3 times the bodies from 600 bytes on, and 5 times at 150.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteDriver } from '../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { option, printTable, program } from './measure.mjs';
import { madeUpPayloads } from './payloads.mjs';

const EVENTS = option('events', 10_000);
const MAX_MAP_KEYS = 100;
/** So many deliveries at a time share one sync, as in a busy receiver. */
const AT_ONCE = 20;

const at = process.argv.indexOf('--examples');
const payloads = at < 0 ? madeUpPayloads() : examplesIn(process.argv[at + 1]);
const folder = mkdtempSync(join(tmpdir(), 'columns-'));
try {
  await drains();
  await sizes();
} finally {
  rmSync(folder, { recursive: true });
}

async function drains() {
  const id = (n) => `${n.toString(16).padStart(8, '0')}-5f0c-4a3c-9b7e-0d2f5f8f3f11`;
  const line = { sku: 'a', qty: 1, price: '9.90' };
  const variants = [
    ['events without new names', count(EVENTS, (n) => ({ id: n, lines: [{ id: id(n), ...line }] }))],
    ['a new name each, in an object', count(EVENTS, (n) => ({ id: n, lines: { [id(n)]: line } }))],
    ['a new name each, at the top', count(EVENTS, (n) => ({ id: n, [id(n)]: line }))],
    [`${payloads.length} payloads of GitHub`, payloads],
  ];
  const rows = [
    [
      'drained into target-jsonl',
      'events',
      'SCHEMA lines',
      'tap, CPU s',
      'target, CPU s',
      'SCHEMA per version: target',
    ],
  ];
  for (const [name, events] of variants) {
    const { config } = await filled(events);
    const output = join(folder, 'output.jsonl');
    const tap = cpuSeconds([program('tap-webhooks'), 'drain', '--config', config], undefined, output);
    const lines = readFileSync(output, 'utf8').split('\n');
    const schemas = lines.filter((one) => one.startsWith('{"type":"SCHEMA"')).length;
    const target = load(output);
    rows.push([
      name,
      events.length,
      schemas,
      tap.toFixed(2),
      target.toFixed(2),
      events === payloads ? former(lines).toFixed(2) : '',
    ]);
  }
  printTable(rows);
}

/** What a target needs when a SCHEMA comes before each event that adds columns, as a pipe prints them that follows. */
function former(lines) {
  const schema = JSON.parse(lines.find((line) => line.startsWith('{"type":"SCHEMA"')));
  const seen = new Set();
  const input = lines.flatMap((line) => {
    if (!line.startsWith('{"type":"RECORD"')) return line.startsWith('{"type":"SCHEMA"') ? [] : [line];
    const before = seen.size;
    const pathsOf = (value, path) => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        const own = Array.isArray(value) ? path : `${path}.${JSON.stringify(name)}`;
        seen.add(own);
        pathsOf(inner, own);
      }
    };
    pathsOf(JSON.parse(line).record, '');
    if (seen.size === before) return [line];
    return [
      JSON.stringify({ ...schema, schema: { ...schema.schema, ...within(schema.schema, seen, '') } }),
      line,
    ];
  });
  const path = join(folder, 'former.jsonl');
  writeFileSync(path, input.join('\n'));
  console.log(
    `SCHEMA lines of a pipe that follows: ${input.filter((line) => line.startsWith('{"type":"SCHEMA"')).length}, ${(statSync(path).size / 1e6).toFixed(1)} MB in all`,
  );
  return load(path);
}

/** The part of a schema that names of these paths need. */
function within(schema, seen, path) {
  if (schema.items) return { ...schema, items: within(schema.items, seen, path) };
  if (!schema.properties) return schema;
  const properties = Object.entries(schema.properties).flatMap(([name, inner]) => {
    const own = `${path}.${JSON.stringify(name)}`;
    return seen.has(own) || name.startsWith('_sdc_') || name === '__sdc_primary_key'
      ? [[name, within(inner, seen, own)]]
      : [];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

async function sizes() {
  const rows = [['the inbox after a checkpoint', 'bytes per body', 'bytes of the inbox per byte']];
  for (const bytes of [150, 600, 2000]) {
    const body = (n, more) => ({ id: n, text: 'x'.repeat(bytes - 30 - (more ? 40 : 0)), ...more });
    const name = (n) => `name-${String(n).padStart(30, '0')}`;
    for (const [kind, events] of [
      ['without new names', count(EVENTS, (n) => body(n))],
      ['a new name each', count(EVENTS, (n) => body(n, { [name(n)]: 1 }))],
      ['a new name each, 40 times', count(EVENTS, (n) => body(n, { [name(n % (EVENTS / 40))]: 1 }))],
    ]) {
      const { bodies, inbox } = await filled(events);
      rows.push([kind, Math.round(bodies / events.length), (inbox / bodies).toFixed(2)]);
    }
  }
  const { bodies, inbox } = await filled(payloads, 1);
  rows.push(['payloads of GitHub', Math.round(bodies / payloads.length), (inbox / bodies).toFixed(2)]);
  printTable(rows);
}

/** Makes an inbox of the events. @returns its config, the bytes of the bodies, and those of the closed inbox. */
async function filled(events, atOnce = AT_ONCE) {
  const home = mkdtempSync(join(folder, 'home-'));
  const config = join(home, 'tap.json');
  const path = join(home, 'inbox');
  writeFileSync(
    config,
    JSON.stringify({ integrations: [{ name: 'shop', provider: 'webhooks' }], inbox_path: path }),
  );
  const writer = await sqliteDriver(path).writer({ create: true });
  await writer.setRules([{ name: 'shop', stream: 'shop-data', keyProperties: [], maxMapKeys: MAX_MAP_KEYS }]);
  let bodies = 0;
  for (let done = 0; done < events.length; done += atOnce) {
    const sent = events.slice(done, done + atOnce).map((event) => Buffer.from(JSON.stringify(event)));
    bodies += sent.reduce((sum, { length }) => sum + length, 0);
    await Promise.all(
      sent.map((body) => writer.append({ integration: 'shop', receivedAt: Date.now(), body })),
    );
  }
  await writer.close();
  const files = readdirSync(path).filter((name) => name.startsWith('inbox.sqlite'));
  return { config, bodies, inbox: files.reduce((sum, name) => sum + statSync(join(path, name)).size, 0) };
}

/** Loads lines with target-jsonl. @returns CPU seconds. */
function load(input) {
  const config = join(folder, 'target.json');
  writeFileSync(config, JSON.stringify({ destination_path: mkdtempSync(join(folder, 'rows-')) }));
  return cpuSeconds([program('target-jsonl'), '--config', config], input, join(folder, 'states'));
}

/** Runs a program. @returns its CPU seconds, user and system. */
function cpuSeconds(command, input, output) {
  const stdin = openSync(input ?? '/dev/null', 'r');
  const stdout = openSync(output, 'w');
  const timed = ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@" 2>/dev/null', process.execPath, ...command];
  const run = spawnSync('bash', timed, { stdio: [stdin, stdout, 'pipe'], encoding: 'utf8' });
  closeSync(stdin);
  closeSync(stdout);
  if (run.status !== 0) throw new Error(`${command.join(' ')} ended with ${run.status}: ${run.stderr}`);
  const [user, system] = run.stderr.trim().split(' ').map(Number);
  return user + system;
}

function count(length, make) {
  return Array.from({ length }, (_, n) => make(n));
}

function examplesIn(path) {
  return JSON.parse(readFileSync(path, 'utf8')).flatMap(({ examples }) => examples);
}
