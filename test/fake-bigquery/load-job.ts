import { isUtf8 } from 'node:buffer';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { type Content, CountedContent, type KeptContent } from './content.js';
import type { Problem } from './jobs.js';
import { mergeSchema } from './load-schema.js';
import { invalid, Refusal } from './refusal.js';
import { RowReader } from './row-reader.js';
import type { FakeField } from './schema.js';
import { readSchema } from './schema-rules.js';
import type { StoredTable } from './stored-table.js';
import { BadValue, type StoredRow } from './values/value.js';

/** Most entries of `status.errors`. The service too lists only some rows. */
const MOST_PROBLEMS = 5;
/** Most bytes of a JSON row: the service's own words name them (github.com/m-lab/etl/pull/1133). */
const LONGEST_ROW = 100 * 1024 * 1024;
const ROWS_A_TURN = 5000;

/** The members of "JobConfigurationLoad" that this server knows. */
export interface LoadSpec {
  readonly destinationTable: {
    readonly projectId: string;
    readonly datasetId: string;
    readonly tableId: string;
  };
  readonly sourceFormat?: string;
  readonly schema?: { readonly fields: readonly unknown[] };
  readonly createDisposition?: string;
  readonly writeDisposition?: string;
  readonly schemaUpdateOptions?: readonly string[];
  readonly ignoreUnknownValues?: boolean;
  readonly maxBadRecords?: number;
}

export interface Loaded {
  readonly rows: readonly StoredRow[];
  /** Number of good rows that were only counted. */
  readonly rowsNotKept: number;
  readonly badRecords: number;
  readonly problems: readonly Problem[];
  /** Why nothing is loaded. */
  readonly errorResult: Problem | undefined;
}

/** Checks a configuration. @throws Refusal 400 for one that the service refuses at once, or that this server does not know. */
export function checkLoadSpec(load: LoadSpec): void {
  if (load.sourceFormat !== 'NEWLINE_DELIMITED_JSON')
    throw invalid(`Unsupported source format: ${load.sourceFormat}`);
  if ((load.writeDisposition ?? 'WRITE_APPEND') !== 'WRITE_APPEND')
    throw invalid(`Unsupported write disposition: ${load.writeDisposition}`);
  for (const option of load.schemaUpdateOptions ?? [])
    if (!/^ALLOW_FIELD_(ADDITION|RELAXATION)$/.test(option))
      throw invalid(`Invalid schema update option: ${option}`);
  if (load.schema) readSchema(load.schema.fields);
}

/** Returns the schema that the table gets, and the one by which rows are read. @throws Refusal */
export function loadSchema(
  table: StoredTable,
  project: string,
  load: LoadSpec,
): { after: readonly FakeField[]; rows: readonly FakeField[] } {
  if (table.view)
    throw invalid(`${table.dataset}.${table.id} is not allowed for this operation because it is a VIEW.`);
  if (load.schema === undefined) return { after: table.fields, rows: table.fields };
  const given = readSchema(load.schema.fields);
  const options = load.schemaUpdateOptions ?? [];
  const after = mergeSchema(`${project}:${table.dataset}.${table.id}`, table.fields, given, {
    addition: options.includes('ALLOW_FIELD_ADDITION') || table.fields.length === 0,
    relaxation: options.includes('ALLOW_FIELD_RELAXATION'),
  });
  const names = new Set(given.map(({ name }) => name.toLowerCase()));
  return {
    after,
    rows: after.filter(({ name, mode }) => names.has(name.toLowerCase()) || mode === 'REQUIRED'),
  };
}

/** Reads all rows: either enough of them are good, or nothing is loaded ("Batch loading data", atomicity). */
export async function readContent(
  content: Content,
  fields: readonly FakeField[],
  { ignoreUnknownValues = false, maxBadRecords = 0 }: LoadSpec,
  isRefused: (row: Buffer) => boolean = () => false,
): Promise<Loaded> {
  const good = { rowsNotKept: 0, badRecords: 0, problems: [], errorResult: undefined };
  if (content instanceof CountedContent) return { ...good, rows: [], rowsNotKept: content.rows };
  const reader = new RowReader(fields, ignoreUnknownValues);
  const rows: StoredRow[] = [];
  const problems: Problem[] = [];
  let badRecords = 0;
  let seen = 0;
  for (const { start, bytes } of (content as KeptContent).lines()) {
    if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === 13)) continue;
    seen += 1;
    if (seen % ROWS_A_TURN === 0) await yieldToOthers();
    const row = isRefused(bytes) ? new BadValue('Refused, as the test asked.') : readRow(reader, bytes);
    if (!(row instanceof BadValue)) rows.push(row);
    else {
      badRecords += 1;
      if (problems.length < MOST_PROBLEMS) problems.push(rowProblem(start, row.message));
      if (badRecords > maxBadRecords && problems.length >= MOST_PROBLEMS - 1) break;
    }
  }
  if (badRecords <= maxBadRecords) return { ...good, rows, badRecords, problems };
  const errorResult = tooMany(seen, badRecords);
  return { ...good, rows: [], problems: [errorResult, ...problems].slice(0, MOST_PROBLEMS), errorResult };
}

function readRow(reader: RowReader, bytes: Buffer): StoredRow | BadValue {
  if (bytes.length > LONGEST_ROW) return new BadValue(`Row size is larger than: ${LONGEST_ROW}.`);
  if (!isUtf8(bytes)) return new BadValue('Invalid UTF-8 in row.');
  try {
    return reader.read(bytes.toString());
  } catch (error) {
    if (error instanceof BadValue) return error;
    throw error;
  }
}

function rowProblem(start: number, message: string): Problem {
  return {
    reason: 'invalid',
    message: `Error while reading data, error message: JSON parsing error in row starting at position ${start}: ${message}`,
  };
}

function tooMany(rows: number, errors: number): Problem {
  return {
    reason: 'invalid',
    message:
      `Error while reading data, error message: JSON table encountered too many errors, giving up. Rows: ${rows}; ` +
      `errors: ${errors}. Please look into the errors[] collection for more details.`,
  };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return { reason: error.reason, message: error.message };
  throw error;
}
