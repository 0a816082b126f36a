import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { INTEGRATIONS } from '../deliveries.js';
import { outputOf, type Place, stateOf } from '../place.js';
import type { Kind, World } from './kind.js';

/**
 * Ends of files as a crash leaves them, made while nothing runs: the last line of the state is cut or begun again, or the
 * beginning of a row is left at the end of a table. Whole synced rows stay, since a disk that drops those is another fault.
 */
export const torn: Kind = {
  needs: [],
  async act(world) {
    let done = '';
    await world.pipe.whileKilled(() => {
      done = world.random.pick([cutState, leaveHalfState, leaveHalfRow])(world);
    });
    return done;
  },
};

/** Cuts the last line of the state: the target then repeats rows, which the tap had been told are loaded. */
function cutState({ place, random }: World): string {
  const path = stateOf(place);
  const size = existsSync(path) ? statSync(path).size : 0;
  if (size < 2) return 'no state to cut';
  const text = readFileSync(path, 'utf8');
  const lastLine = size - Buffer.byteLength(text.slice(0, text.lastIndexOf('\n', size - 2) + 1));
  const cut = 1 + random.below(lastLine);
  truncateSync(path, size - cut);
  return `${cut} bytes cut from the state`;
}

function leaveHalfState({ place, random }: World): string {
  const half = random.pick(['{"bookmarks":{"orders-data":{"posi', '\u0000'.repeat(50), '{']);
  appendFileSync(stateOf(place), half);
  return `${half.length} bytes of a torn line left in the state`;
}

function leaveHalfRow({ place, random, destination }: World): string {
  if (destination.program !== 'target-jsonl') return 'no table file to tear';
  const tables = openTables(place);
  if (tables.length === 0) return 'no table to tear';
  const half = random.pick([
    '{"event":"0/0","n',
    '\u0000'.repeat(64),
    '{"event":"1/0","_sdc_position":9',
    '{',
  ]);
  appendFileSync(random.pick(tables), half);
  return `${half.length} bytes of a torn row left in a table`;
}

function openTables(place: Place): string[] {
  return INTEGRATIONS.map(({ name }) => join(outputOf(place), name, 'data.jsonl')).filter(existsSync);
}
