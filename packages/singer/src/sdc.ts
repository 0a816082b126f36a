import { isObject, type JsonObject, type JsonSchema } from './messages.js';

/**
 * The contract between tap-webhooks and the targets that load its rows: every keyword, column name and table name that the
 * two sides share, and the bookmarks. `README.md` of this package describes it for people who write other targets.
 *
 * A stream is *marked* when its SCHEMA carries `x-sdc-identity`. Only in marked streams do the identity columns mean
 * anything; rows of every other stream get their system columns from the target.
 */

// Keywords, at the top level of the JSON Schema in a SCHEMA message.

export const KEYWORD = {
  /** Marks the stream: the two columns that together identify a row for ever. */
  identity: 'x-sdc-identity',
  /** Which rows are versions of one thing, where that is not the key: a `LatestBy`. */
  latestBy: 'x-sdc-latest-by',
  /** Split columns, each with the column that it was split from: dotted paths, arrays add no step. */
  splits: 'x-sdc-splits',
  /** The unit of `_sdc_sequence`. */
  sequenceUnit: 'x-sdc-sequence-unit',
} as const;

/** True for every keyword of this contract, also for those of a newer tap: none of them restricts which records are valid. */
export function isContractKeyword(keyword: string): boolean {
  return keyword.startsWith('x-sdc-');
}

/** The unit that our tap writes: `_sdc_sequence` is Unix epoch time in milliseconds. */
export const SEQUENCE_UNIT = 'ms';

// Columns.

export const COLUMN = {
  /** When the delivery was received: RFC 3339, UTC, milliseconds. */
  receivedAt: '_sdc_received_at',
  /** When the target began the row's batch: RFC 3339, UTC, milliseconds. Always written by the target. */
  batchedAt: '_sdc_batched_at',
  /**
   * Orders the versions of one thing: integer, rising strictly within a key. It also tells two events of one position apart, and
   * says nothing else.
   */
  sequence: '_sdc_sequence',
  /** Singer's version of the table; our tap always writes 0. */
  tableVersion: '_sdc_table_version',
  /** Incarnation of the inbox that the row comes from. With `position` and `sequence` it names the row for ever. */
  inbox: '_sdc_inbox',
  /**
   * Integer, rising. An inbox uses it once, unless an older copy of the inbox is put back: then other events get the positions
   * after the copy. Our tap counts from 1; targets accept 0 too.
   */
  position: '_sdc_position',
  /** The key of a row whose integration defines none: a UUID. */
  generatedKey: '__sdc_primary_key',
  /** JSON without a type: values that have no column of their own. */
  extra: '_sdc_extra',
  /** `time_extracted` of the RECORD message (Singer SDK). */
  extractedAt: '_sdc_extracted_at',
  /** When the row was deleted at its source (Singer SDK). */
  deletedAt: '_sdc_deleted_at',
  /** When this run of the target began: epoch ms (Singer SDK). */
  syncStartedAt: '_sdc_sync_started_at',
} as const;

/** True for every name that is reserved for system columns: ours, Stitch's and the Singer SDK's. */
export function isSystemName(name: string): boolean {
  return /^__?sdc_/.test(name);
}

const nullableTime = { type: ['null', 'string'], format: 'date-time' } as const;
const nullableInteger = { type: ['null', 'integer'] } as const;

/** JSON Schemas of the system columns in a SCHEMA of our tap. It writes all of them but `_sdc_batched_at`. */
export const TAP_COLUMNS = {
  [COLUMN.receivedAt]: { type: 'string', format: 'date-time' },
  [COLUMN.batchedAt]: nullableTime,
  [COLUMN.sequence]: { type: 'integer' },
  [COLUMN.tableVersion]: { type: 'integer' },
  [COLUMN.inbox]: { type: 'string' },
  [COLUMN.position]: { type: 'integer' },
} as const satisfies { readonly [column: string]: JsonSchema };

/** JSON Schema of `__sdc_primary_key`, which only streams without a key of their own have. */
export const GENERATED_KEY_SCHEMA = { type: 'string' } as const satisfies JsonSchema;

/** What a target adds to the rows of a marked stream. */
const ADDED_TO_MARKED = { [COLUMN.batchedAt]: nullableTime } as const;

/** What a target adds to the rows of every other stream: the seven columns of the Singer SDK, with its meaning. */
const ADDED_TO_OTHERS = {
  [COLUMN.extractedAt]: nullableTime,
  [COLUMN.receivedAt]: nullableTime,
  [COLUMN.batchedAt]: nullableTime,
  [COLUMN.deletedAt]: nullableTime,
  [COLUMN.sequence]: nullableInteger,
  [COLUMN.tableVersion]: nullableInteger,
  [COLUMN.syncStartedAt]: nullableInteger,
} as const;

/** JSON Schemas of the columns that a target writes itself. What a tap sends under these names is dropped. */
export function targetColumns(schema: JsonSchema): { readonly [column: string]: JsonSchema } {
  return isMarked(schema) ? ADDED_TO_MARKED : ADDED_TO_OTHERS;
}

// Identity.

/** The identity columns, as `x-sdc-identity` lists them. */
export const IDENTITY = [COLUMN.inbox, COLUMN.position] as const;

/**
 * What identifies a row for ever. Rows of one inbox are the same only when position and sequence agree: an older copy of an
 * inbox that is put back gives the same positions to other events.
 */
export interface RowIdentity {
  readonly inbox: string;
  readonly position: number;
  /** Undefined in a row that says no `_sdc_sequence`: inbox and position alone identify it. */
  readonly sequence: number | undefined;
}

/** True when two rows of one inbox and position may be the same. A sequence that is not known agrees with each. */
export function sequencesAgree(one: number | undefined, other: number | undefined): boolean {
  return one === other || one === undefined || other === undefined;
}

/** True when the SCHEMA promises that `_sdc_inbox` and `_sdc_position` name each row: exactly this pair, in either order. */
export function isMarked(schema: JsonSchema): boolean {
  const names = schema[KEYWORD.identity];
  return (
    Array.isArray(names) && names.length === IDENTITY.length && IDENTITY.every((name) => names.includes(name))
  );
}

/** The identity of a record of a marked stream; undefined when its values cannot be one. */
export function identityOf(record: JsonObject): RowIdentity | undefined {
  const { [COLUMN.inbox]: inbox, [COLUMN.position]: position, [COLUMN.sequence]: sequence } = record;
  if (typeof inbox !== 'string' || !Number.isSafeInteger(position) || (position as number) < 0)
    return undefined;
  if (sequence === undefined || sequence === null)
    return { inbox, position: position as number, sequence: undefined };
  if (!Number.isInteger(sequence)) return undefined;
  return { inbox, position: position as number, sequence: sequence as number };
}

// Versions of one thing.

/**
 * Which rows are versions of one thing. Either one dotted path for all rows, or a column that tells the kinds of rows apart
 * and a path for each of its values. A row that has nothing at its path is a version of itself only.
 */
export type LatestBy =
  | string
  | { readonly column: string; readonly paths: { readonly [value: string]: string } };

/** The `x-sdc-latest-by` of a SCHEMA; undefined when there is none, or it is malformed. */
export function latestByOf(schema: JsonSchema): LatestBy | undefined {
  const latestBy = schema[KEYWORD.latestBy];
  if (typeof latestBy === 'string') return latestBy;
  if (!isObject(latestBy)) return undefined;
  const { column, paths } = latestBy;
  if (typeof column !== 'string' || !isObject(paths)) return undefined;
  return { column, paths: textsOf(paths) };
}

/** Every dotted path that decides which rows are versions of one thing. */
export function latestByPaths(latestBy: LatestBy): readonly string[] {
  return typeof latestBy === 'string' ? [latestBy] : [latestBy.column, ...Object.values(latestBy.paths)];
}

// Split columns.

/**
 * Suffixes of split columns: values of another type than the column's go to a column of the same name with a suffix. They
 * are Stitch's, and `__js` is ours for JSON without a type.
 */
export const SPLIT_SUFFIX = {
  integer: '__it',
  number: '__nu',
  float: '__fl',
  string: '__st',
  boolean: '__bo',
  record: '__re',
  array: '__ar',
  time: '__ti',
  untyped: '__js',
} as const;

/** All suffixes without their underscores, as alternatives of a regular expression. */
const SUFFIXES = Object.values(SPLIT_SUFFIX)
  .map((suffix) => suffix.slice(2))
  .join('|');
const SPLIT = new RegExp(`^(.+)__(?:${SUFFIXES})$`, 's');
const RESERVED_SUFFIX = new RegExp(`__(?:${SUFFIXES})_*$`, 'i');
const RESERVED_PREFIX = /^x*__?sdc/i;

/** The name that a split column was made from, at the same level; undefined for names without a split suffix. */
export function splitOrigin(column: string): string | undefined {
  return SPLIT.exec(column)?.[1];
}

/** The `x-sdc-splits` of a SCHEMA: path of each split column to the path of the column it was split from. */
export function splitsOf(schema: JsonSchema): ReadonlyMap<string, string> {
  const splits = schema[KEYWORD.splits];
  return new Map(isObject(splits) ? Object.entries(textsOf(splits)) : []);
}

/**
 * The column of a sender's member, at any level. No sender can choose an identity or write into a split column: a reserved
 * prefix gets an `x` before it, a reserved suffix a `_` after it. Names that already look so renamed are renamed too, so two
 * names never become one. Case makes no difference, since warehouses ignore it.
 */
export function columnName(name: string): string {
  const prefixed = RESERVED_PREFIX.test(name) ? `x${name}` : name;
  return name.includes('__') && RESERVED_SUFFIX.test(name) ? `${prefixed}_` : prefixed;
}

// The STATE.

/** The member of a STATE's value that holds the bookmarks: an object from streams to bookmarks. Our tap writes no other. */
export const STATE_BOOKMARKS = 'bookmarks';

/** Our tap's bookmark of one stream: everything of the stream up to `position` has been emitted. */
export interface Bookmark {
  /** Of an event of any stream, so that the bookmarks of quiet streams advance too. Integer from 1. */
  readonly position: number;
  /** Incarnation of the inbox that gave the position. */
  readonly inbox: string;
  /** Digest of the event at the position, by which an inbox that was rolled back is noticed. */
  readonly check: string;
}

/** The value as a bookmark; undefined when it does not have that form. */
export function asBookmark(value: unknown): Bookmark | undefined {
  if (!isObject(value)) return undefined;
  const { position, inbox, check } = value;
  if (!Number.isSafeInteger(position) || (position as number) < 1) return undefined;
  if (typeof inbox !== 'string' || typeof check !== 'string') return undefined;
  return { position: position as number, inbox, check };
}

// Rejected records.

/** Name of the table, in each schema, that holds records which their own table did not take, with the reason. */
export const REJECTED_TABLE = '_sdc_rejected';

/** One row of it. */
export interface RejectedRow {
  /** When the target rejected the record: RFC 3339, UTC, milliseconds. */
  readonly _sdc_rejected_at: string;
  /** The table that the record was meant for. */
  readonly table_name: string;
  /** A sentence. */
  readonly reason: string;
  /** JSON text of the record. */
  readonly record: string;
  /** Null for records of streams that are not marked. */
  readonly _sdc_inbox: string | null;
  readonly _sdc_position: number | null;
  /** Null also in rows that were written before this column existed. */
  readonly _sdc_sequence: number | null;
}

/** JSON Schema of its rows. The table is marked, so a rejected record that comes again is kept once. */
export const REJECTED_SCHEMA = {
  type: 'object',
  properties: {
    _sdc_rejected_at: { type: 'string', format: 'date-time' },
    table_name: { type: 'string' },
    reason: { type: 'string' },
    record: { type: 'string' },
    [COLUMN.inbox]: { type: ['null', 'string'] },
    [COLUMN.position]: { type: ['null', 'integer'] },
    [COLUMN.sequence]: { type: ['null', 'integer'] },
  },
  [KEYWORD.identity]: IDENTITY,
} as const satisfies JsonSchema & {
  readonly properties: { readonly [column in keyof RejectedRow]: JsonSchema };
};

function textsOf(object: JsonObject): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
