import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { type Emulator, startBqemulator } from './emulator.js';
import { Gate } from './gate.js';
import { load, positionOf, recordLine, schemaLine, startTarget, stateLine, type TapStream } from './load.js';

const KEYS = 5_000;
/** Small batches: each life loads a few, and there are some left for the last. */
const SETTINGS = { batch_size_rows: 200 };
const ROWS_A_STATE = 50;
/** A life sees up to so many uploads begin, and then goes on for up to so long. */
const MOST_UPLOADS = 2;
const LONGEST_MS = 100;

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startBqemulator();
});
afterAll(() => emulator?.stop());

const ORDERS: Omit<TapStream, 'stream'> = {
  inbox: '0b9d6f0c',
  keys: ['id'],
  columns: {
    id: { type: 'integer' },
    amount: { type: 'integer' },
    customer: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        address: { type: 'object', properties: { code: { type: 'integer' } } },
      },
    },
    lines: {
      type: 'array',
      items: { type: 'object', properties: { sku: { type: 'string' }, count: { type: 'integer' } } },
    },
  },
};

/** Values of the row at a position; all numbers are beyond what a double holds, and each position has its own. */
function row(position: number) {
  const n = BigInt(position);
  return {
    id: 9_223_372_036_854_000_000n + BigInt(position % KEYS),
    amount: -9_007_199_254_740_993n - n,
    name: `N${position} "ü"`,
    code: 1_152_921_504_606_846_977n + n,
    sku: `s${position}`,
    count: 4_611_686_018_427_387_905n - n,
  };
}

function payload(position: number): string {
  const { id, amount, name, code, sku, count } = row(position);
  return (
    `"id":${id},"amount":${amount},"customer":{"name":${JSON.stringify(name)},"address":{"code":${code}}},` +
    `"lines":[{"sku":"${sku}","count":${count}},{"sku":"last","count":${position}}]`
  );
}

/** What a tap prints that was started with a state. */
function linesFrom(stream: TapStream, loaded: number, rows: number): string {
  const lines = [schemaLine(stream)];
  for (let position = loaded + 1; position <= rows; position += 1) {
    lines.push(recordLine(stream, position, payload(position)));
    if (position % ROWS_A_STATE === 0) lines.push(stateLine(stream, position));
  }
  return `${lines.join('\n')}\n`;
}

/** Runs the target, and kills it while it loads. @returns the states it printed. */
async function life(gate: Gate, lines: string, settings: object): Promise<readonly string[]> {
  const target = startTarget({ ...settings, api_endpoint: gate.url });
  const begun = gate.uploads;
  const uploads = randomInt(1, MOST_UPLOADS + 1);
  target.child.stdin?.write(lines); // not ended: the tap goes on
  await until(() => gate.uploads >= begun + uploads || hasEnded(target.child), 'uploads');
  await sleep(randomInt(LONGEST_MS));
  expect(hasEnded(target.child), target.stderr).toBe(false);
  target.child.kill('SIGKILL');
  await target.exit();
  await gate.idle();
  return target.lines;
}

function hasEnded({ exitCode }: { exitCode: number | null }): boolean {
  return exitCode !== null;
}

test.each([
  { what: 'loses its disk each time', dataset: 'orders', rows: 20_000, kills: 20, keepsDisk: false },
  { what: 'keeps its disk', dataset: 'kept', rows: 8_000, kills: 8, keepsDisk: true },
])(
  '$rows rows are in once each though the target is killed $kills times and $what',
  async (run) => {
    const { dataset, rows, kills } = run;
    const stream = { ...ORDERS, stream: `${dataset}-data` };
    const disk = run.keepsDisk ? { spool_path: tempFolder() } : {};
    const settings = { ...emulator.settings, ...SETTINGS, ...disk };
    const gate = await Gate.open(emulator.settings.api_endpoint);
    let position = 0;
    const behind: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      position = positionOf(stream, await life(gate, linesFrom(stream, position, rows), settings), position);
      behind.push((await emulator.rest.number(`SELECT COUNT(*) FROM ${dataset}.data`)) - position);
    }
    expect(position).toBeLessThan(rows);
    console.log(`rows that were loaded and not in the state, after each kill: ${behind.join(' ')}`);
    const { states } = await load({ settings }, [linesFrom(stream, position, rows)]);
    expect(positionOf(stream, states, 0)).toBe(rows);

    const found = await emulator.rest.query(
      `SELECT _sdc_position AS position, id, amount, customer.name, customer.address.code, \`lines\`
     FROM ${dataset}.data ORDER BY _sdc_position`,
    );
    expect(found).toEqual(Array.from({ length: rows }, (_, index) => expected(index + 1)));
    const latest = await emulator.rest.query(
      `SELECT _sdc_position, id FROM ${dataset}.data_latest ORDER BY id`,
    );
    expect(latest).toEqual(Array.from({ length: KEYS }, (_, rest) => newest(rest, rows)));
  },
  300_000,
);

function expected(position: number) {
  const { id, amount, name, code, sku, count } = row(position);
  return {
    position: String(position),
    id: String(id),
    amount: String(amount),
    name,
    code: String(code),
    lines: [
      { sku, count: String(count) },
      { sku: 'last', count: String(position) },
    ],
  };
}

/** The last of the positions that leave a rest: they have one key. Keys rise with it. */
function newest(rest: number, rows: number) {
  const position = rows - ((rows - rest) % KEYS);
  return { _sdc_position: String(position), id: String(row(position).id) };
}
