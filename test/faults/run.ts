import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Seeded } from '../helpers/seeded.js';
import type { DeliveryForm } from './deliveries.js';
import { bigquery } from './destinations/bigquery.js';
import type { Destination } from './destinations/destination.js';
import { jsonl } from './destinations/jsonl.js';
import { type GivenSettings, writeConfigs } from './drawn-settings.js';
import { judge, type Verdict } from './judge.js';
import type { KindName } from './kinds/index.js';
import type { World } from './kinds/kind.js';
import { Ledger } from './ledger.js';
import { type Fault, makeFaults, seenSoFar } from './make-faults.js';
import { Oracle } from './oracle.js';
import { type Mode, Pipe, type PipeSettings } from './pipe.js';
import { freePort, type Place } from './place.js';
import { settle } from './settle.js';
import { createUrls, tapCommand } from './tap-command.js';
import { prepare, type Tools } from './tools.js';
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
  readonly settings?: GivenSettings;
}

export interface RunResult {
  readonly options: RunOptions;
  readonly folder: string;
  /** Kinds that this machine cannot do, each with the reason. */
  readonly cannot: { readonly [kind: string]: string };
  readonly faults: readonly Fault[];
  /** Injected errors, by kind. */
  readonly injected: { readonly [error: string]: number };
  /** How often the file system said that its device failed. */
  readonly deviceErrors: number;
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

/** Called every second with what was posted so far. */
export type Watch = (ledger: Ledger, pipe: Pipe, place: Place) => void;

/** Runs the oracle and the faults for a while, lets everything settle, and judges. It throws only when it cannot run at all. */
export async function run(options: RunOptions, watch: Watch = () => {}): Promise<RunResult> {
  const { seed, seconds, mode, target } = options;
  const root = mkdtempSync(join(tmpdir(), `faults-${seed}-`));
  const tools = prepare(options.kinds, seed, root);
  const place: Place = { root, data: join(tools.disk?.path ?? root, 'data') };
  const destination = await destinationOf(target, root);
  const environment: PipeSettings['environment'] = (role) => tools.shim?.environment(role) ?? {};
  const pipe = new Pipe({ place, mode, target: destination.program, environment });
  const ledger = new Ledger();
  const timer = setInterval(() => watch(ledger, pipe, place), 1000);
  try {
    const random = new Seeded(seed);
    const port = await freePort();
    writeConfigs(place, port, destination, tools.kinds, options.settings, random);
    const oracle = new Oracle({ ...options, port, paths: createUrls(place) }, ledger);
    const world: World = { place, pipe, destination, ledger, random, excused: new Set(), ...tools };
    pipe.start();
    oracle.start();
    const faults = await makeFaults(world, seconds, tools.kinds);
    tools.shim?.heal();
    await oracle.stop();
    const findings = await settle(world, tools.kinds, oracle);
    return await result(options, world, tools, faults, findings);
  } finally {
    clearInterval(timer);
    await pipe.kill();
    await destination.close();
    tools.shim?.close();
    if (tools.disk) cpSync(place.data, join(root, 'data'), { recursive: true });
    tools.disk?.remove();
  }
}

async function destinationOf(target: TargetName, root: string): Promise<Destination> {
  if (target === 'jsonl') return jsonl();
  return await bigquery(target === 'bigquery-jobs' ? 'batch_job' : 'storage_write_api', root);
}

async function result(
  options: RunOptions,
  world: World,
  tools: Tools,
  faults: readonly Fault[],
  settled: readonly string[],
): Promise<RunResult> {
  const { destination, place, ledger, excused } = world;
  const verdict = judge({
    form: options,
    ledger,
    rows: await destination.rows(place),
    isEqual: destination.isEqual,
    rejected: await destination.rejected(place),
    quarantined: quarantinedIn(place),
    excused,
  });
  const { kills, recognised, ...seen } = seenSoFar(world, faults);
  const missed = tooLittle({ kills, recognised, ...seen }, options.seconds, tools.kinds);
  return {
    options,
    folder: place.root,
    cannot: tools.cannot,
    faults,
    injected: Object.fromEntries(tools.shim?.made() ?? []),
    deviceErrors: seen.deviceErrors,
    answers: Object.fromEntries(ledger.answers),
    kills,
    recognised,
    verdict,
    findings: [...settled, ...verdict.findings, ...missed],
  };
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
