import { setTimeout as pause } from 'node:timers/promises';
import { KINDS, type KindName } from './kinds/index.js';
import type { World } from './kinds/kind.js';
import type { Ledger } from './ledger.js';
import { sum } from './numbers.js';
import { type Seen, tooLittle } from './vacuous.js';

/** One fault, for the report. */
export interface Fault {
  readonly atMs: number;
  readonly kind: KindName;
  readonly what: string;
}

/** On a slow machine, a run that has not seen enough goes on for at most so many times its length. */
const MOST_LONGER = 3;

/** Returns what the run has seen so far. */
export function seenSoFar({ ledger, pipe, shim, disk }: World, faults: readonly Fault[]): Seen {
  return {
    acknowledged: ledger.acknowledged,
    recognised: ledger.recognised,
    kills: pipe.endings.filter(({ signal }) => signal === 'SIGKILL').length,
    injectedErrors: sum([...(shim?.made() ?? new Map()).values()]),
    deviceErrors: disk?.errors ?? 0,
    faults: faults.map(({ kind }) => kind),
  };
}

/** Makes one fault after the other until the time is over and enough was seen. Each kind comes once before any comes again. */
export async function makeFaults(
  world: World,
  seconds: number,
  kinds: readonly KindName[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const start = Date.now();
  const elapsed = () => Date.now() - start;
  let round: KindName[] = [...kinds];
  const isOver = () =>
    elapsed() > seconds * 1000 &&
    (elapsed() > seconds * MOST_LONGER * 1000 ||
      tooLittle(seenSoFar(world, faults), seconds, kinds).length === 0);
  while (!isOver()) {
    // Most faults hit a pipe that works, some hit one that is starting.
    if (world.random.below(5) > 0) await untilAnswered(world.ledger, isOver);
    await pause(world.random.below(1500));
    if (kinds.length === 0) continue;
    if (round.length === 0) round = roundOf(kinds);
    const kind = round.splice(world.random.below(round.length), 1)[0] as KindName;
    faults.push({ atMs: elapsed(), kind, what: await KINDS[kind].act(world) });
  }
  return faults;
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
