import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { outputOf, type Place, spoolOf, stateOf } from '../place.js';
import type { Kind, World } from './kind.js';

/**
 * Copies put back whose outcome is documented as "nothing missing, nothing twice": an older state, no state, an older state
 * with the older table, and for BigQuery no spool. The copy is made while nothing runs.
 */
export const backup: Kind = {
  needs: [],
  async act(world) {
    const { pipe, place, random, destination } = world;
    const copy = join(place.root, 'backup');
    await pipe.whileKilled(() => copyAll(place, copy));
    await pause(500 + random.below(2000));
    const choices = [oldState, noState, destination.forget ? noSpool : oldStateAndTable] as const;
    let done = '';
    await pipe.whileKilled(() => {
      done = random.pick(choices)(world, copy);
    });
    rmSync(copy, { recursive: true, force: true });
    return done;
  },
};

function copyAll(place: Place, copy: string): void {
  mkdirSync(copy, { recursive: true });
  for (const [path, name] of [
    [stateOf(place), 'state.jsonl'],
    [outputOf(place), 'out'],
  ] as const) {
    if (existsSync(path)) cpSync(path, join(copy, name), { recursive: true });
  }
}

function oldState({ place }: World, copy: string): string {
  putBack(join(copy, 'state.jsonl'), stateOf(place));
  return 'an older state put back';
}

function noState({ place }: World): string {
  rmSync(stateOf(place), { force: true });
  return 'the state deleted';
}

function oldStateAndTable({ place }: World, copy: string): string {
  putBack(join(copy, 'state.jsonl'), stateOf(place));
  putBack(join(copy, 'out'), outputOf(place));
  return 'an older state put back with the table of that time';
}

function noSpool({ place }: World): string {
  rmSync(spoolOf(place), { recursive: true, force: true });
  return 'the spool deleted';
}

function putBack(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}
