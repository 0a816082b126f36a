import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inboxOf, outputOf, type Place, spoolOf, stateOf } from '../place.js';
import { tapCommand } from '../tap-command.js';
import type { Kind, World } from './kind.js';

/** A copy, and the tick of the ledger at which it was made. */
interface Copy {
  readonly path: string;
  readonly tick: number;
}

/**
 * Copies put back while nothing runs, with what the READMEs tell to do. Nothing may be missing or twice, but for an older inbox:
 * events that it lost before they were in a table are gone.
 */
export const backup: Kind = {
  needs: [],
  async act(world) {
    const { pipe, place, random, destination, ledger } = world;
    const path = join(place.root, 'backup');
    await pipe.whileKilled(() => copyAll(place, path));
    const copy = { path, tick: ledger.now };
    await pause(500 + random.below(2000));
    const choices = [
      ...[oldState, noState, oldInbox, oldInboxAndState],
      destination.forget ? noSpool : oldStateAndTable,
    ];
    let done = '';
    await pipe.whileKilled(() => {
      done = random.pick(choices)(world, copy);
    });
    rmSync(path, { recursive: true, force: true });
    return done;
  },
};

function copyAll(place: Place, path: string): void {
  for (const [from, name] of [
    [stateOf(place), 'state.jsonl'],
    [outputOf(place), 'out'],
    [inboxOf(place), 'inbox'],
  ] as const) {
    if (existsSync(from)) cpSync(from, join(path, name), { recursive: true });
  }
}

function oldState({ place }: World, { path }: Copy): string {
  putBack(join(path, 'state.jsonl'), stateOf(place));
  return 'an older state put back';
}

function noState({ place }: World): string {
  rmSync(stateOf(place), { force: true });
  return 'the state deleted';
}

function oldStateAndTable({ place }: World, { path }: Copy): string {
  putBack(join(path, 'state.jsonl'), stateOf(place));
  putBack(join(path, 'out'), outputOf(place));
  return 'an older state put back with the table of that time';
}

function noSpool({ place }: World): string {
  rmSync(spoolOf(place), { recursive: true, force: true });
  return 'the spool deleted';
}

function oldInbox(world: World, copy: Copy): string {
  putBackInbox(world, copy);
  return 'an older inbox put back and renewed';
}

function oldInboxAndState(world: World, copy: Copy): string {
  putBack(join(copy.path, 'state.jsonl'), stateOf(world.place));
  putBackInbox(world, copy);
  return 'an older inbox put back with the state of that time, and renewed';
}

/** A sender that repeats what the older inbox does not know sends a new event, so such deliveries may be rows twice. */
function putBackInbox({ place, ledger, excused }: World, { path, tick }: Copy): void {
  putBack(join(path, 'inbox'), inboxOf(place));
  for (const { number, acknowledgedAt } of ledger.entries.values()) {
    if (acknowledgedAt === undefined || acknowledgedAt > tick) excused.add(number);
  }
  const { code, stderr } = tapCommand(place, 'inbox', 'renew');
  if (code !== 0) throw new Error(`inbox renew ended with ${code}: ${stderr}`);
}

function putBack(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}
