import type { Row } from '@tap-webhooks/target-core';
import type { NamedRow } from '../table/fence.js';

/** A batch where it lies: which line of its bytes a row is. */
export class BatchRows {
  /** Texts of all rows in UTF-8, each with a line feed. */
  readonly lines: Uint8Array;
  readonly #rows: readonly Row[];
  #numbers: Map<Row, number> | undefined;

  constructor({ rows, lines }: { readonly rows: readonly Row[]; readonly lines: Uint8Array }) {
    this.#rows = rows;
    this.lines = lines;
  }

  /** Rows in the batch. */
  get count(): number {
    return this.#rows.length;
  }

  /** @returns numbers of the lines of some rows, from 0; undefined: they are all, in order. */
  numbersOf(rows: readonly Row[]): Uint32Array | undefined {
    if (rows.length === this.#rows.length && rows.every((row, index) => row === this.#rows[index])) {
      return undefined;
    }
    this.#numbers ??= new Map(this.#rows.map((row, index) => [row, index]));
    const numbers = this.#numbers;
    return Uint32Array.from(rows, (row) => numbers.get(row) as number);
  }
}

/** Rows of one inbox, each once, by position. */
export interface InboxRows {
  readonly inbox: string;
  readonly rows: readonly NamedRow[];
}

export interface WriteOrder {
  /** In the order in which the inboxes first appear. */
  readonly inboxes: readonly InboxRows[];
  /** Rows without identity, as they came. */
  readonly others: readonly Row[];
  /** Rows that stand in the batch more than once, beyond the first. */
  readonly duplicates: number;
}

/** Sorts a batch for loading: rows of one inbox make jobs of their own, in position order. */
export function writeOrder(rows: readonly Row[]): WriteOrder {
  const inboxes = new Map<string, NamedRow[]>();
  const others: Row[] = [];
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
  const sorted = rows.toSorted((a, b) => a.identity.position - b.identity.position);
  return sorted.filter(
    (row, index) => index === 0 || row.identity.position !== positionAt(sorted, index - 1),
  );
}

function positionAt(rows: readonly NamedRow[], index: number): number {
  return (rows[index] as NamedRow).identity.position;
}

/**
 * Cuts what the table lacks wherever rows that it holds lie between: each piece has an id
 * of its own, by its first position. A piece that went over rows which are loaded already could meet, further on, the
 * first row of an upload that has not come in yet, and would not collide with it.
 * @param held positions that the table holds.
 */
export function missingPieces(rows: readonly NamedRow[], held: ReadonlySet<number>): NamedRow[][] {
  const pieces: NamedRow[][] = [];
  let piece: NamedRow[] | undefined;
  for (const row of rows) {
    if (held.has(row.identity.position)) {
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
