import type { Logger } from '@tap-webhooks/singer';
import { type FencedTable, heldRows, highestBehind, type NamedRow } from './fence.js';
import type { Note } from './note.js';

export interface FenceContext {
  readonly table: FencedTable;
  readonly log: Logger;
  readonly stream: string;
}

export interface HeldRows {
  /** Positions of the rows that the table holds. */
  readonly positions: ReadonlySet<number>;
  /** Highest position that it was found to hold behind the rows; undefined when there is none, or it was not asked for. */
  readonly behind: number | undefined;
}

const NOTHING: HeldRows = { positions: new Set(), behind: undefined };

/**
 * Batches that are fenced one by one before the table is asked once and for all: that question reads all of its rows, a fence
 * only those of the batch, and most runs that begin on an empty disk are short.
 */
const FENCES_BEFORE_ALL = 10;

/**
 * The fence where it is needed: the table is asked for those rows that the note does not prove to be new, and the note learns
 * what it says.
 * @param rows of one inbox, by position, at least one.
 * @param fences batches of the inbox that are fenced before the table is asked for what lies behind them.
 */
export async function heldUnlessNew(
  { table, log, stream }: FenceContext,
  note: Note,
  inbox: string,
  rows: readonly NamedRow[],
  fences = FENCES_BEFORE_ALL,
): Promise<HeldRows> {
  const through = note.through(inbox);
  const suspects = through === undefined ? rows : rows.filter(({ identity }) => identity.position <= through);
  if (suspects.length === 0) return NOTHING;
  const { positions, bytesBilled } = await heldRows(table, suspects);
  log.info(
    { stream, rows: suspects.length, held: positions.size, bytes_billed: bytesBilled },
    'asked the table which rows it holds',
  );
  if (through !== undefined || note.asked(inbox) <= fences) return { positions, behind: undefined };
  const behind = await highestBehind(table, rows);
  note.learn(inbox, behind ?? (rows.at(-1) as NamedRow).identity.position);
  return { positions, behind };
}
