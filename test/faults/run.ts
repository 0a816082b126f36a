import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Seeded } from '../helpers/seeded.js';
import type { Delivery, DeliveryForm } from './deliveries.js';
import { bigquery } from './destinations/bigquery.js';
import type { Destination } from './destinations/destination.js';
import { jsonl } from './destinations/jsonl.js';
import { Disk } from './disk.js';
import { DISK_KINDS, endingFindings, stopFindings } from './endings.js';
import { judge, type Verdict } from './judge.js';
import { KINDS, type KindName } from './kinds/index.js';
import type { Need, World } from './kinds/kind.js';
import { Ledger } from './ledger.js';
import { Oracle } from './oracle.js';
import { type Mode, Pipe } from './pipe.js';
import { configure, freePort, type Place } from './place.js';
import { Shim } from './shim/shim.js';
import { createUrls, tapCommand } from './tap-command.js';
import { tooLittle } from './vacuous.js';

export const TARGETS = ['jsonl', 'bigquery-jobs', 'bigquery-storage'] as const;
export type TargetName = (typeof TARGETS)[number];

export interface RunOptions extends DeliveryForm {
  readonly seconds: number;
  readonly mode: Mode;
  readonly target: TargetName;
  readonly kinds: readonly KindName[];
  /** Deliveries per second, at most. */
  readonly rate: number;
  /** Settings of tap and target that differ from their defaults. Otherwise some are drawn. */
  readonly settings?: { readonly tap: object; readonly target: object };
}

/** One fault, for the report. */
export interface Fault {
  readonly atMs: number;
  readonly kind: KindName;
  readonly what: string;
}

export interface RunResult {
  readonly options: RunOptions;
  readonly folder: string;
  /** Kinds that this machine cannot do, each with the reason. */
  readonly cannot: { readonly [kind: string]: string };
  readonly faults: readonly Fault[];
  /** Injected errors, by kind. */
  readonly injected: { readonly [error: string]: number };
  /** Answers by status; 0 for none. */
  readonly answers: { readonly [status: string]: number };
  /** Programs that were killed with -9. */
  readonly kills: number;
  /** Deliveries that were sent again and recognised. */
  readonly recognised: number;
  readonly verdict: Verdict;
  /** Everything that is wrong; empty when the promise held and the run saw enough. */
  readonly findings: readonly string[];
}

const FRESH_MS = 60_000;
const SETTLE_MS = 90_000;
/** A run that has not seen each kind of fault takes at most so many times longer. */
const MOST_LONGER = 3;

/** Called every second with what was posted so far. */
export type Watch = (ledger: Ledger, pipe: Pipe, place: Place) => void;

/** Runs the oracle and the faults for a while, lets everything settle, and judges. It throws only when it cannot run at all. */
export async function run(options: RunOptions, watch: Watch = () => {}): Promise<RunResult> {
  const root = mkdtempSync(join(tmpdir(), `faults-${options.seed}-`));
  const tools = prepare(options, root);
  const destination = await destinationOf(options.target, root);
  const random = new Seeded(options.seed);
  const place: Place = { root, data: join(tools.disk?.path ?? root, 'data') };
  const port = await freePort();
  const drawn = options.settings ? new Defaults() : random;
  configure(place, port, tapSettings(options, drawn), {
    ...destination.settings(place, drawn),
    ...options.settings?.target,
  });
  const ledger = new Ledger();
  const oracle = new Oracle({ ...options, port, paths: createUrls(place) }, ledger);
  const pipe = new Pipe({
    place,
    mode: options.mode,
    target: destination.program,
    environment: (role) => tools.shim?.environment(role) ?? {},
  });
  const world: World = { place, pipe, destination, ledger, random, excused: new Set(), ...tools };
  const faults: Fault[] = [];
  try {
    pipe.start();
    oracle.start();
    const timer = setInterval(() => watch(ledger, pipe, place), 1000);
    await makeFaults(world, options, tools.kinds, faults);
    clearInterval(timer);
    tools.shim?.heal();
    await oracle.stop();
    const findings = await settle(world, options.kinds, oracle);
    const verdict = judge({
      form: options,
      ledger,
      rows: await destination.rows(place),
      isEqual: destination.isEqual,
      rejected: await destination.rejected(place),
      quarantined: quarantinedIn(place),
      excused: world.excused,
    });
    const seen = {
      options,
      folder: root,
      cannot: tools.cannot,
      faults,
      injected: Object.fromEntries(tools.shim?.made() ?? []),
      answers: Object.fromEntries(ledger.answers),
      kills: pipe.endings.filter(({ signal }) => signal === 'SIGKILL').length,
      recognised: ledger.recognised,
      verdict,
    };
    return { ...seen, findings: [...findings, ...verdict.findings, ...tooLittle(seen, tools.kinds)] };
  } finally {
    await pipe.kill();
    await destination.close();
    tools.shim?.close();
    if (tools.disk) {
      cpSync(place.data, join(root, 'data'), { recursive: true });
      tools.disk.remove();
    }
  }
}

interface Tools {
  readonly shim?: Shim;
  readonly disk?: Disk;
  readonly kinds: readonly KindName[];
  readonly cannot: { readonly [kind: string]: string };
}

/** Makes what the kinds need, and leaves out those that this machine cannot do. */
function prepare({ kinds, seed }: RunOptions, root: string): Tools {
  const made: { shim?: Shim; disk?: Disk } = {};
  const makers: { readonly [need in Need]: () => void } = {
    shim: () => {
      mkdirSync(join(root, 'shim'));
      made.shim = new Shim(join(root, 'shim'), seed);
    },
    disk: () => {
      made.disk = Disk.create();
    },
  };
  const failed = new Map<Need, string>();
  for (const need of new Set(kinds.flatMap((kind) => KINDS[kind].needs))) {
    try {
      makers[need]();
    } catch (cause) {
      failed.set(need, (cause as Error).message);
    }
  }
  const reason = (kind: KindName) => KINDS[kind].needs.map((need) => failed.get(need)).find(Boolean);
  const cannot = kinds.flatMap((kind) => {
    const why = reason(kind);
    return why === undefined ? [] : [[kind, why] as const];
  });
  return {
    ...made,
    kinds: kinds.filter((kind) => reason(kind) === undefined),
    cannot: Object.fromEntries(cannot),
  };
}

async function destinationOf(target: TargetName, root: string): Promise<Destination> {
  if (target === 'jsonl') return jsonl();
  return await bigquery(target === 'bigquery-jobs' ? 'batch_job' : 'storage_write_api', root);
}

/** Draws the first choice each time: nothing but what is needed. */
class Defaults extends Seeded {
  constructor() {
    super(0);
  }

  override pick<T>(items: readonly T[]): T {
    return items[0] as T;
  }
}

/** Events may be deleted at once, unless a kind takes something back that the tap was told before. */
function tapSettings({ settings, kinds }: RunOptions, random: Seeded): object {
  if (settings) return settings.tap;
  const keeps = kinds.includes('torn') || kinds.includes('backup');
  return {
    ...(keeps ? {} : { retention_days: 0 }),
    ...random.pick([
      {},
      { state_interval_seconds: 0.1 },
      { state_interval_seconds: 1, state_interval_records: 10 },
    ]),
  };
}

/** Makes one fault after the other until the time is over. Each kind comes once before any comes again. */
async function makeFaults(
  world: World,
  { seconds }: RunOptions,
  kinds: readonly KindName[],
  faults: Fault[],
): Promise<void> {
  const start = Date.now();
  const elapsed = () => Date.now() - start;
  let round: KindName[] = [...kinds];
  // On a slow machine it goes on until each kind has come once.
  const isOver = () =>
    elapsed() > seconds * 1000 && (faults.length >= kinds.length || elapsed() > seconds * MOST_LONGER * 1000);
  while (!isOver()) {
    // Most faults hit a pipe that works, some hit one that is starting.
    if (world.random.below(5) > 0) await untilAnswered(world.ledger, isOver);
    await pause(world.random.below(1500));
    if (kinds.length === 0) continue;
    if (round.length === 0) round = roundOf(kinds);
    const kind = round.splice(world.random.below(round.length), 1)[0] as KindName;
    faults.push({ atMs: elapsed(), kind, what: await KINDS[kind].act(world) });
  }
}

/** Waits until one more webhook is answered 200. */
async function untilAnswered(ledger: Ledger, isOver: () => boolean): Promise<void> {
  const before = ledger.answers.get(200) ?? 0;
  while ((ledger.answers.get(200) ?? 0) === before && !isOver()) await pause(20);
}

/** Kills come several times in a round, since they are quick and hit every state that the other kinds leave. */
function roundOf(kinds: readonly KindName[]): KindName[] {
  return kinds.flatMap((kind) => (kind === 'kill' && kinds.length > 1 ? [kind, kind, kind] : [kind]));
}

/** Lets the pipe go on without faults until fresh events are in the tables, then stops it as an operator does. */
async function settle(
  { pipe, destination, place, disk }: World,
  kinds: readonly KindName[],
  oracle: Oracle,
): Promise<string[]> {
  disk?.free();
  disk?.recover();
  const findings: string[] = [];
  try {
    // A table that could not be written is parked until the target starts again.
    if (kinds.some((kind) => DISK_KINDS.includes(kind))) {
      await pipe.stop();
      pipe.start();
    }
    const fresh = await oracle.postFresh(FRESH_MS);
    await untilThere(fresh, () => destination.rows(place));
    findings.push(...stopFindings(await pipe.stop()));
  } catch (cause) {
    findings.push((cause as Error).message);
    await pipe.kill();
  }
  return [...findings, ...endingFindings(pipe.endings, pipe.stuck, kinds)];
}

async function untilThere(
  fresh: readonly Delivery[],
  read: () => ReturnType<Destination['rows']>,
): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const start = Date.now();
    const there = new Set((await read()).map(({ id }) => id));
    if (fresh.every(({ events }) => events.every(({ id }) => there.has(id)))) return;
    if (start > deadline) throw new Error('A fresh event is not in its table after the faults ended');
    await pause(200 + 3 * (Date.now() - start));
  }
}

/** @returns events in the quarantine; undefined when the inbox cannot be read. */
function quarantinedIn(place: Place): number | undefined {
  const { stdout } = tapCommand(place, 'status', '--json');
  try {
    return (JSON.parse(stdout) as { inbox: { quarantined: number } }).inbox.quarantined;
  } catch {
    return undefined;
  }
}
