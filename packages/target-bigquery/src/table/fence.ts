import { COLUMN, IDENTITY, type Logger } from '@tap-webhooks/singer';
import { type BatchRow, HeldRows } from '@tap-webhooks/target-core';
import type { BigQueryService, Labels, QueryParameters, QueryResult } from '../api/service.js';
import { quotedTable } from '../api/sql.js';
import type { Field } from '../columns/types.js';
import type { TableRef } from '../table-ref.js';
import type { Note } from './note.js';
import { boundsOf, receivedWithin, whereReceived } from './received.js';
import { sequencesOf } from './stitch.js';

export interface Fenced {
  /** Rows that the table holds at the positions of the rows. */
  readonly held: HeldRows;
  /** Highest position that the table holds after the rows; undefined when there is none, or it was not asked for. */
  readonly after: number | undefined;
}

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
): Promise<Fenced> {
  const through = note.through(inbox);
  const unproven = through === undefined ? rows : rows.filter(({ identity }) => identity.position <= through);
  if (unproven.length === 0) return { held: new HeldRows(), after: undefined };
  const held = await heldRows(table, log, unproven);
  if (through !== undefined || note.asked(inbox) <= fences) return { held, after: undefined };
  const after = await highestAfter(table, rows);
  note.learn(inbox, after ?? (rows.at(-1) as NamedRow).identity.position);
  return { held, after };
}

/** A row with identity. */
export interface NamedRow extends BatchRow {
  readonly identity: NonNullable<BatchRow['identity']>;
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

/**
 * Asks the table which rows it holds: positions and sequences of one inbox between the first and the last of the rows, received
 * at about their own times. A row that comes again carries the same values, so nothing is missed, partitions are pruned, and
 * what is read is bounded by the rows. The sequences tell the rows from other events that an inbox which was put back gave the
 * same positions.
 * @param rows of one inbox, by position, at least one.
 */
export async function heldRows(
  table: FencedTable,
  log: Logger,
  rows: readonly NamedRow[],
): Promise<HeldRows> {
  const held = new HeldRows();
  if (!hasIdentityColumns(table)) return held;
  const { sql, parameters } = questionAbout(table, rows);
  const result = await ask(table, sql, parameters);
  for (const [position, value] of result.rows)
    for (const sequence of sequencesOf(value)) held.add(Number(position), sequence);
  log.info(
    { rows: rows.length, held: countHeld(rows, held), bytes_billed: result.bytesBilled },
    'asked the table which rows it holds',
  );
  return held;
}

function questionAbout(
  table: FencedTable,
  rows: readonly NamedRow[],
): { readonly sql: string; readonly parameters: QueryParameters } {
  const { inbox, position: first } = (rows[0] as NamedRow).identity;
  const { position: last } = (rows.at(-1) as NamedRow).identity;
  const hasSequence = hasColumn(table, COLUMN.sequence, 'INTEGER');
  const columns = hasSequence ? `${COLUMN.position}, ${COLUMN.sequence}` : COLUMN.position;
  const spans = hasColumn(table, COLUMN.receivedAt, 'TIMESTAMP') ? receivedWithin(rows) : undefined;
  return {
    sql:
      `SELECT ${columns} FROM ${quotedTable(table.service.project, table.ref)} ` +
      `WHERE ${COLUMN.inbox} = @inbox AND ${COLUMN.position} BETWEEN @first AND @last` +
      (spans ? whereReceived(spans) : ''),
    parameters: {
      inbox: { type: 'STRING', value: inbox },
      first: { type: 'INT64', value: String(first) },
      last: { type: 'INT64', value: String(last) },
      ...(spans && boundsOf(spans)),
    },
  };
}

/** How many of the rows are held. */
export function countHeld(rows: readonly NamedRow[], held: HeldRows): number {
  return rows.filter(({ identity }) => held.has(identity)).length;
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

function hasColumn({ fields }: FencedTable, name: string, type: Field['type']): boolean {
  return fields.some((field) => field.name.toLowerCase() === name && field.type === type);
}
