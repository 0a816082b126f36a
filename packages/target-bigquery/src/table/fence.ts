import { COLUMN, IDENTITY, instantOf, type Logger, memberSlices, readDateTime } from '@tap-webhooks/singer';
import type { BatchRow } from '@tap-webhooks/target-core';
import type { BigQueryService, Labels, QueryParameters, QueryResult } from '../api/service.js';
import { quotedTable } from '../api/sql.js';
import type { Field } from '../columns/types.js';
import type { TableRef } from '../table-ref.js';
import type { Note } from './note.js';

export interface HeldRows {
  /** Positions of the rows that the table holds. */
  readonly positions: ReadonlySet<number>;
  /** Highest position that the table holds after the rows; undefined when there is none, or it was not asked for. */
  readonly after: number | undefined;
}

const NOTHING: HeldRows = { positions: new Set(), after: undefined };

/**
 * Batches that are fenced one by one before the table is asked what it holds after them, which reads all of its rows. A fence
 * reads only those of the batch, and most runs that begin on an empty disk are short.
 */
const FENCES_BEFORE_ALL = 10;

/**
 * The fence, where it is needed: asks the table for those rows that the note does not prove to be new, and tells the note what
 * it learns.
 * @param rows of one inbox, by position, at least one.
 * @param fences batches of the inbox that are fenced before the table is asked what it holds after them.
 */
export async function heldUnlessNew(
  { table, log }: { readonly table: FencedTable; readonly log: Logger },
  note: Note,
  inbox: string,
  rows: readonly NamedRow[],
  fences = FENCES_BEFORE_ALL,
): Promise<HeldRows> {
  const through = note.through(inbox);
  const unproven = through === undefined ? rows : rows.filter(({ identity }) => identity.position <= through);
  if (unproven.length === 0) return NOTHING;
  const { positions, bytesBilled } = await heldRows(table, unproven);
  log.info(
    { rows: unproven.length, held: positions.size, bytes_billed: bytesBilled },
    'asked the table which rows it holds',
  );
  if (through !== undefined || note.asked(inbox) <= fences) return { positions, after: undefined };
  const after = await highestAfter(table, rows);
  note.learn(inbox, after ?? (rows.at(-1) as NamedRow).identity.position);
  return { positions, after };
}

/** A row with identity. */
export interface NamedRow extends BatchRow {
  readonly identity: NonNullable<BatchRow['identity']>;
}

/** What of a batch a table holds. */
export interface Held {
  readonly positions: ReadonlySet<number>;
  readonly bytesBilled: number;
}

export interface FencedTable {
  readonly service: BigQueryService;
  readonly ref: TableRef;
  /** Of the dataset. */
  readonly location: string;
  readonly labels: Labels;
  /** Columns that the table has now. */
  readonly fields: readonly Field[];
}

/** `_sdc_received_at` may be written finer than its milliseconds by other means; a wider bound only reads a little more. */
const MARGIN_MS = 1;

/**
 * Asks the table which rows it holds: positions of one inbox between the first and the last of the rows, received between
 * their own earliest and latest time. A row that comes again carries the same values, so nothing is missed, partitions are
 * pruned, and what is read is bounded by the rows.
 * @param rows of one inbox, by position, at least one.
 */
export async function heldRows(table: FencedTable, rows: readonly NamedRow[]): Promise<Held> {
  if (!hasIdentityColumns(table)) return { positions: new Set(), bytesBilled: 0 };
  const times = hasTimes(table) ? receivedBetween(rows) : undefined;
  const { inbox, position: first } = (rows[0] as NamedRow).identity;
  const { position: last } = (rows.at(-1) as NamedRow).identity;
  const sql =
    `SELECT ${COLUMN.position} FROM ${quotedTable(table.service.project, table.ref)} WHERE ${COLUMN.inbox} = @inbox AND ` +
    `${COLUMN.position} BETWEEN @first AND @last` +
    (times ? ` AND ${COLUMN.receivedAt} BETWEEN @earliest AND @latest` : '');
  const result = await ask(table, sql, {
    inbox: { type: 'STRING', value: inbox },
    first: { type: 'INT64', value: String(first) },
    last: { type: 'INT64', value: String(last) },
    ...(times && {
      earliest: { type: 'TIMESTAMP', value: times.earliest },
      latest: { type: 'TIMESTAMP', value: times.latest },
    }),
  });
  return {
    positions: new Set(result.rows.map(([position]) => Number(position))),
    bytesBilled: result.bytesBilled,
  };
}

/**
 * Asks for the highest position that the table holds after some rows: what comes after that position needs no fence any more.
 * No time bounds the question, since events that are retried or imported were received before those with lower positions.
 * @returns undefined when there is none.
 */
async function highestAfter(table: FencedTable, rows: readonly NamedRow[]): Promise<number | undefined> {
  if (!hasIdentityColumns(table)) return undefined;
  const { inbox, position: last } = (rows.at(-1) as NamedRow).identity;
  const sql =
    `SELECT MAX(${COLUMN.position}) FROM ${quotedTable(table.service.project, table.ref)} ` +
    `WHERE ${COLUMN.inbox} = @inbox AND ${COLUMN.position} > @last`;
  const { rows: found } = await ask(table, sql, {
    inbox: { type: 'STRING', value: inbox },
    last: { type: 'INT64', value: String(last) },
  });
  const highest = found[0]?.[0];
  return highest === null || highest === undefined ? undefined : Number(highest);
}

function ask(
  { service, location, labels }: FencedTable,
  sql: string,
  parameters: QueryParameters,
): Promise<QueryResult> {
  return service.query(sql, parameters, { location, labels });
}

/** A table that has no identity columns yet gets them with its first load; it holds none of our rows. */
function hasIdentityColumns({ fields }: FencedTable): boolean {
  return IDENTITY.every((name) => fields.some((field) => field.name.toLowerCase() === name));
}

function hasTimes({ fields }: FencedTable): boolean {
  return fields.some(({ name, type }) => name.toLowerCase() === COLUMN.receivedAt && type === 'TIMESTAMP');
}

/** @returns undefined when a row says no such time. */
function receivedBetween(rows: readonly NamedRow[]): { earliest: string; latest: string } | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  for (const { text } of rows) {
    const time = receivedAt(text);
    if (Number.isNaN(time)) return undefined;
    if (time < earliest) earliest = time;
    if (time > latest) latest = time;
  }
  return {
    earliest: new Date(earliest - MARGIN_MS).toISOString(),
    latest: new Date(latest + MARGIN_MS).toISOString(),
  };
}

/** Epoch ms; NaN when the row does not say. */
function receivedAt(text: string): number {
  const member = memberSlices(text).findLast(({ name }) => name === COLUMN.receivedAt);
  if (member === undefined || text[member.start] !== '"') return Number.NaN;
  const time = readDateTime(text.slice(member.start + 1, member.end - 1));
  const instant = time && instantOf(time);
  return instant === undefined ? Number.NaN : instant.seconds * 1000 + Math.floor(instant.micros / 1000);
}
