import { createReadStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { memoryOf } from './memory.js';
import { wholeNumber } from './options.js';
import { Pipe } from './pipe.js';
import { configure, freePort, outputOf, type Place, removePlace } from './place.js';
import { createUrls } from './tap-command.js';

// npm run drain:many -- [--events 10000000]: fills the inbox while no target runs, drains it, and looks for each number.
const { values } = parseArgs({ options: { events: { type: 'string', default: '10000000' } } });
const events = wholeNumber('events', values.events);
const PER_DELIVERY = 5000;
/** A drain needs as much memory for many events as for few. */
const MOST_MEMORY_MIB = 512;

const root = mkdtempSync(join(tmpdir(), 'drain-many-'));
const place: Place = { root, data: join(root, 'data') };
const port = await freePort();
configure(place, port, {}, { destination_path: outputOf(place) });
const path = createUrls(place).get('notes') ?? '';
const settings = { place, target: 'target-jsonl', environment: () => ({}) } as const;

const filling = await timed(fill);
console.log(`${events} events answered 200 in ${filling} s: ${Math.round(events / filling)} per second`);
const peaks = new Map<string, number>();
const draining = await timed(drain);
console.log(`drained in ${draining} s: ${Math.round(events / draining)} per second`);
for (const [role, peak] of peaks) console.log(`peak memory of ${role}: ${peak.toFixed(0)} MiB`);
const { rows, different } = await count(join(outputOf(place), 'notes', 'data.jsonl'));
const tooMuch = [...peaks.values()].some((peak) => peak > MOST_MEMORY_MIB);
console.log(
  `${events} answered 200, ${rows} rows, ${events - different} missing, ${rows - different} twice` +
    `${tooMuch ? `, and more than ${MOST_MEMORY_MIB} MiB of memory` : ''}`,
);
if (rows !== events || different !== events || tooMuch) {
  console.log(`The files are kept in ${root}`);
  process.exitCode = 1;
} else removePlace(root);

async function timed(action: () => Promise<void>): Promise<number> {
  const start = Date.now();
  await action();
  return Math.max(0.1, Math.round((Date.now() - start) / 100) / 10);
}

/** Posts all numbers in arrays to a receiver that has no target. */
async function fill(): Promise<void> {
  const pipe = new Pipe({ ...settings, mode: 'receive' });
  pipe.start();
  for (let first = 0; first < events; first += PER_DELIVERY) {
    const count = Math.min(PER_DELIVERY, events - first);
    const body = `[${Array.from({ length: count }, (_, index) => `{"n":${first + index}}`).join(',')}]`;
    while (!(await isTaken(body))) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await pipe.stop();
}

async function isTaken(body: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body });
    await answer.text();
    return answer.status === 200;
  } catch {
    return false; // it does not listen yet
  }
}

async function drain(): Promise<void> {
  const pipe = new Pipe({ ...settings, mode: 'drain' });
  const watch = setInterval(() => {
    for (const { role, pid } of pipe.running)
      peaks.set(role, Math.max(peaks.get(role) ?? 0, memoryOf(pid, 'peak') || 0));
  }, 100);
  const endings = await pipe.drain();
  clearInterval(watch);
  for (const { role, code } of endings) if (code !== 0) throw new Error(`${role} ended with ${code}`);
}

/** Returns how many rows the table has, and how many different numbers of those that were sent. */
async function count(table: string): Promise<{ rows: number; different: number }> {
  const seen = new Uint8Array(events);
  let rows = 0;
  let different = 0;
  for await (const line of createInterface({ input: createReadStream(table) })) {
    rows += 1;
    const n = Number(/^\{"n":(\d+),/.exec(line)?.[1]);
    if (seen[n] !== 0) continue;
    seen[n] = 1;
    different += 1;
  }
  return { rows, different };
}
