import type { Database } from '../database.js';
import { failureOf } from '../failure.js';
import type { Table } from './stored-tables.js';

/**
 * Reads what can be read of a table, past damaged pages. A statement that meets one fails, so the table is read upwards until
 * there, then downwards until there, and what is between is halved until nothing more can be read.
 */

export type SqlValue = bigint | number | string | Uint8Array | null;

/** A row: the values of its key, then those of the table's columns. */
export interface Row {
  readonly key: Key;
  readonly values: readonly SqlValue[];
}

export type Key = readonly SqlValue[];

/** Part of a table that cannot be read. The bounds themselves can be; one that is absent is the table's end. */
export interface LostRange {
  readonly after: Key | undefined;
  readonly before: Key | undefined;
}

/** What is read at a time. */
export interface Piece {
  readonly rows: readonly Row[];
  readonly lost: readonly LostRange[];
}

/** Rows and bytes that one piece holds at most; its last row may be longer. */
const PIECE_ROWS = 256;
const PIECE_BYTES = 4 * 1024 * 1024;
/** How often a range in which nothing could be read is halved. */
const HALVINGS = 14;

export interface ReadingOptions {
  /** The highest number that a key may be. */
  readonly highest: bigint;
  /** False: throw when the disk fails to read a page, since it may succeed later. */
  readonly skipUnreadable: boolean;
}

/** Yields all rows that can be read and the ranges that cannot, in no particular order. */
export function* readableRows(database: Database, table: Table, options: ReadingOptions): Generator<Piece> {
  const reading = { database, table, ...options, statements: new Map() };
  yield* between(reading, { after: undefined, before: undefined }, 0);
}

interface Reading extends ReadingOptions {
  readonly database: Database;
  readonly table: Table;
  readonly statements: Map<string, ReturnType<Database['prepare']>>;
}

function* between(reading: Reading, range: LostRange, barren: number): Generator<Piece> {
  let { after, before } = range;
  for (const up of [true, false]) {
    for (;;) {
      const { rows, damaged, isLast } = readSome(reading, { after, before }, up);
      if (rows.length > 0) yield { rows, lost: [] };
      const last = rows.at(-1)?.key;
      if (up) after = last ?? after;
      else before = last ?? before;
      if (damaged) break;
      if (isLast) return;
    }
  }
  const foundSome = after !== range.after || before !== range.before;
  const tries = foundSome ? 0 : barren + 1;
  const middle = tries > HALVINGS ? undefined : middleOf(reading, after, before);
  if (middle === undefined) {
    yield { rows: [], lost: [{ after, before }] };
    return;
  }
  yield* between(reading, { after, before: middle }, tries);
  yield* between(reading, { after: middle, before }, tries);
  yield* one(reading, middle);
}

/** The row at a key, which lies between two ranges. */
function* one(reading: Reading, key: Key): Generator<Piece> {
  const { table } = reading;
  try {
    const row = statement(reading, `${table.select} WHERE ${table.key} = ?`).get(...key) as
      | SqlValue[]
      | undefined;
    if (row) yield { rows: [rowOf(table, row)], lost: [] };
  } catch (cause) {
    if (!isDamage(cause, reading)) throw cause;
    yield { rows: [], lost: [{ after: key, before: key }] };
  }
}

interface Some {
  readonly rows: readonly Row[];
  readonly damaged: boolean;
  readonly isLast: boolean;
}

function readSome(reading: Reading, range: LostRange, up: boolean): Some {
  const { table } = reading;
  const rows: Row[] = [];
  let bytes = 0;
  try {
    const found = statement(reading, selectIn(table, range, up));
    for (const values of found.iterate(...valuesOf(range)) as Iterable<SqlValue[]>) {
      rows.push(rowOf(table, values));
      bytes += bytesOf(values);
      if (rows.length >= PIECE_ROWS || bytes >= PIECE_BYTES) return { rows, damaged: false, isLast: false };
    }
    return { rows, damaged: false, isLast: true };
  } catch {
    // The binding does not say why iterating failed, but says why a single row cannot be read.
    const last = rows.at(-1)?.key;
    const rest = last === undefined ? range : up ? { ...range, after: last } : { ...range, before: last };
    const next = nextIn(reading, rest, up);
    return next === 'damaged'
      ? { rows, damaged: true, isLast: false }
      : { rows: [...rows, ...next], damaged: false, isLast: next.length === 0 };
  }
}

function nextIn(reading: Reading, range: LostRange, up: boolean): readonly Row[] | 'damaged' {
  try {
    const found = statement(reading, selectIn(reading.table, range, up)).get(...valuesOf(range));
    return found ? [rowOf(reading.table, found as SqlValue[])] : [];
  } catch (cause) {
    if (isDamage(cause, reading)) return 'damaged';
    throw cause;
  }
}

function selectIn(table: Table, { after, before }: LostRange, up: boolean): string {
  const keys = `(${table.keys.join(', ')})`;
  const holes = `(${table.keys.map(() => '?').join(', ')})`;
  const conditions = [...(after ? [`${keys} > ${holes}`] : []), ...(before ? [`${keys} < ${holes}`] : [])];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const order = table.keys.map((key) => `${key} ${up ? 'ASC' : 'DESC'}`).join(', ');
  return `${table.select} ${where} ORDER BY ${order}`;
}

function valuesOf({ after, before }: LostRange): SqlValue[] {
  return [...(after ?? []), ...(before ?? [])];
}

function statement({ database, statements }: Reading, sql: string): ReturnType<Database['prepare']> {
  let prepared = statements.get(sql);
  if (!prepared) {
    prepared = database.prepare(sql);
    prepared.setReturnArrays(true);
    prepared.setReadBigInts(true); // so that no number of a damaged row is too large to be read
    statements.set(sql, prepared);
  }
  return prepared;
}

function rowOf({ keys }: Table, values: readonly SqlValue[]): Row {
  return { key: values.slice(0, keys.length), values: values.slice(keys.length) };
}

function bytesOf(values: readonly SqlValue[]): number {
  let bytes = 0;
  for (const value of values)
    bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
  return bytes;
}

function isDamage(cause: unknown, { skipUnreadable }: Reading): boolean {
  const failure = failureOf(cause);
  return failure === 'damaged' || (failure === 'untrusted' && skipUnreadable);
}

/** Returns a key between two others; undefined when there is none, or the keys are not of a kind that can be halved. */
function middleOf(
  { table, highest }: Reading,
  after: Key | undefined,
  before: Key | undefined,
): Key | undefined {
  const [key = ''] = table.keys;
  if (table.keys.length > 1) return undefined;
  if (key !== 'rowid') {
    const canBeHalved = DIGESTS.has(key) && (after ?? before) !== undefined;
    return canBeHalved ? middleOfTexts(after?.[0] as string, before?.[0] as string) : undefined;
  }
  const low = (after?.[0] as bigint | undefined) ?? -1n;
  const high = (before?.[0] as bigint | undefined) ?? (highest > low ? highest + 1n : low + 1n);
  const middle = (low + high) / 2n;
  return middle > low && middle < high ? [middle] : undefined;
}

/** Keys that are digests. */
const DIGESTS: ReadonlySet<string> = new Set(['digest', 'retry_key']);

/** Digits of a digest that are halved: more than enough for the rows of any inbox. */
const DIGITS = 12;

/** Keys that are texts are digests in hex. */
function middleOfTexts(after = '', before = 'f'.repeat(DIGITS)): Key | undefined {
  const [low, high] = [after, before].map((text) =>
    Number.parseInt(text.slice(0, DIGITS).padEnd(DIGITS, '0'), 16),
  );
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) return undefined;
  const middle = Math.floor(((low as number) + (high as number)) / 2)
    .toString(16)
    .padStart(DIGITS, '0');
  return middle > after && middle < before ? [middle] : undefined;
}
