import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Ledger } from './ledger.js';
import { memoryOf } from './memory.js';
import { wholeNumber } from './options.js';
import type { Pipe } from './pipe.js';
import { inboxOf, type Place, stateOf } from './place.js';
import { report } from './report.js';
import { run } from './run.js';
import { slopeOf } from './slope.js';

// npm run soak -- --hours 2 (or --minutes 10) [--rate 20]: no faults, a steady load, and the slopes of memory and file sizes.
const { values } = parseArgs({
  options: {
    hours: { type: 'string' },
    minutes: { type: 'string' },
    rate: { type: 'string', default: '20' },
  },
});
const minutes = values.minutes
  ? wholeNumber('minutes', values.minutes)
  : 60 * wholeNumber('hours', values.hours ?? '2');
const hours = minutes / 60;

/** The first part of a run is not measured: programs grow until their caches are full. */
const WARM_UP = 0.3;
const MIB = 1024 * 1024;
/** Growth that noise alone can make in a short run, in MiB. */
const NOISE_MIB = 24;
/**
 * Most growth per hour, in MiB. Inbox: the ids by which repeated deliveries are recognised and the digests of trimmed events
 * stay for `dedupe_days`. State: a line every ten seconds is appended.
 */
const MOST_PER_HOUR: { readonly [series: string]: number } = {
  'memory of receiver': 8,
  'memory of tap': 8,
  'memory of target': 8,
  'size of inbox': 1 + (Number(values.rate) * 3600 * 400) / MIB,
  'size of state': 1,
};

type Sample = { readonly hour: number; readonly value: number };

const series = new Map<string, Sample[]>(Object.keys(MOST_PER_HOUR).map((name) => [name, []]));
const start = Date.now();

function watch(ledger: Ledger, pipe: Pipe, place: Place): void {
  const hour = (Date.now() - start) / 3_600_000;
  for (const { role, pid } of pipe.running) add(`memory of ${role}`, hour, memoryOf(pid, 'now'));
  add('size of inbox', hour, folderSize(inboxOf(place)) / MIB);
  add('size of state', hour, sizeOf(stateOf(place)) / MIB);
  const second = Math.round((Date.now() - start) / 1000);
  if (second % 60 === 0) console.log(`${second / 60} min: ${ledger.answers.get(200) ?? 0} answered 200`);
}

function add(name: string, hour: number, value: number): void {
  if (Number.isFinite(value)) series.get(name)?.push({ hour, value });
}

function folderSize(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((total, name) => total + sizeOf(join(folder, name)), 0);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const result = await run(
  {
    seed: 1,
    seconds: minutes * 60,
    mode: 'follow',
    target: 'jsonl',
    kinds: [],
    rate: wholeNumber('rate', values.rate),
    insist: false,
    oneEventEach: true,
    settings: { tap: { retention_days: 0 }, target: { rotate_bytes: 8 * MIB, compression: 'gzip' } },
  },
  watch,
);
report(result, false);
for (const [name, samples] of series) {
  const measured = samples.filter(({ hour }) => hour > hours * WARM_UP);
  const perHour = slopeOf(measured);
  const growth = perHour * hours * (1 - WARM_UP);
  const most = Math.max(NOISE_MIB, (MOST_PER_HOUR[name] ?? 0) * hours * (1 - WARM_UP));
  const isTooMuch = !(growth <= most);
  const last = measured.at(-1)?.value ?? Number.NaN;
  console.log(
    `${name}: ${last.toFixed(1)} MiB at the end, slope ${perHour.toFixed(2)} MiB per hour, ` +
      `${growth.toFixed(1)} MiB while measured (at most ${most.toFixed(1)})${isTooMuch ? ': TOO MUCH' : ''}`,
  );
  if (isTooMuch) process.exitCode = 1;
}
if (result.findings.length > 0) process.exitCode = 1;
