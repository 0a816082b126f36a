import { type BatchRow, HeldRows } from '@tap-webhooks/target-core';
import type { NamedRow } from '../table/fence.js';

/** Rows of one inbox, each once, by position. */
export interface InboxRows {
  readonly inbox: string;
  readonly rows: readonly NamedRow[];
}

export interface WriteOrder {
  /** In the order in which the inboxes first appear. */
  readonly inboxes: readonly InboxRows[];
  /** Rows without identity, as they came. */
  readonly others: readonly BatchRow[];
  /** Rows that are in the batch a second time or more. */
  readonly duplicates: number;
}

/** The rows of a batch in the order of loading: those of one inbox get jobs of their own, in position order. */
export function writeOrder(rows: readonly BatchRow[]): WriteOrder {
  const inboxes = new Map<string, NamedRow[]>();
  const others: BatchRow[] = [];
  for (const row of rows) {
    if (row.identity === undefined) {
      others.push(row);
      continue;
    }
    const own = inboxes.get(row.identity.inbox);
    if (own) own.push(row as NamedRow);
    else inboxes.set(row.identity.inbox, [row as NamedRow]);
  }
  const ordered = [...inboxes].map(([inbox, own]) => ({ inbox, rows: rising(own) }));
  const kept = ordered.reduce((sum, own) => sum + own.rows.length, others.length);
  return { inboxes: ordered, others, duplicates: rows.length - kept };
}

function rising(rows: readonly NamedRow[]): readonly NamedRow[] {
  if (rows.every((row, index) => index === 0 || row.identity.position > positionAt(rows, index - 1)))
    return rows;
  const taken = new HeldRows();
  const sorted = rows.toSorted((a, b) => a.identity.position - b.identity.position);
  return sorted.filter(({ identity }) => {
    if (taken.has(identity)) return false;
    taken.add(identity.position, identity.sequence);
    return true;
  });
}

function positionAt(rows: readonly NamedRow[], index: number): number {
  return (rows[index] as NamedRow).identity.position;
}

/**
 * The rows that the table lacks, in pieces: a new one begins after each row that the table holds. Each piece is a job, with an
 * id made of its first position. A piece that went on past a row which is loaded already could contain the first row of an
 * upload that is still on its way, and would not collide with it.
 * @param held what the table holds.
 */
export function missingPieces(rows: readonly NamedRow[], held: HeldRows): NamedRow[][] {
  const pieces: NamedRow[][] = [];
  let piece: NamedRow[] | undefined;
  for (const row of rows) {
    if (held.has(row.identity)) {
      piece = undefined;
      continue;
    }
    if (piece === undefined) {
      piece = [];
      pieces.push(piece);
    }
    piece.push(row);
  }
  return pieces;
}
