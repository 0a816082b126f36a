import { COLUMN, isSystemName } from '@tap-webhooks/singer';
import type { BigQueryService, TableInfo } from '../api/service.js';
import { quotedTable } from '../api/sql.js';
import { isWrapped } from '../columns/kind.js';
import { type Field, flatColumns } from '../columns/types.js';
import type { Config } from '../config.js';

/** Columns of every table that Stitch's webhooks fill ("System tables and columns"). */
const STITCH_COLUMNS = [COLUMN.receivedAt, COLUMN.batchedAt, COLUMN.sequence, COLUMN.tableVersion];

/** Who created a table, as far as that shows. */
export function makerOf({
  fields,
  labels,
}: TableInfo): 'target-bigquery' | 'stitch' | 'singer-sdk' | undefined {
  if (labels.target === 'target-bigquery') return 'target-bigquery';
  const has = (name: string) => fields.some((field) => field.name.toLowerCase() === name);
  if (!STITCH_COLUMNS.every(has)) return undefined;
  return has(COLUMN.extractedAt) && has(COLUMN.deletedAt) ? 'singer-sdk' : 'stitch';
}

/** Whether a table holds whole records in a JSON column `data`, and nothing else of them, as the Hub's target-bigquery does. */
export function isPacked({ fields }: Pick<TableInfo, 'fields'>): boolean {
  const [data, ...others] = fields.filter(({ name }) => !isSystemName(name.toLowerCase()));
  if (data === undefined || others.length > 0 || data.name.toLowerCase() !== 'data') return false;
  return data.type === 'JSON' && data.mode !== 'REPEATED';
}

export interface SequenceUnit {
  readonly unit: Config['sequence_unit'];
  /** Decimal text. */
  readonly highest: string;
}

/** A read of one column; it fails, unbilled, beyond that. */
const MOST_BYTES = 1024 ** 3;
/** Milliseconds stay below it until the year 5138; Stitch's finer unit passed it on 1970-01-02. */
const FINER_FROM = 10n ** 14n;

/**
 * The unit of `_sdc_sequence` in the table's rows.
 * @returns undefined when it has no rows, or no such column.
 * @throws ServiceError when the table cannot be read, or is too large for a check.
 */
export async function sequenceUnit(
  service: BigQueryService,
  { ref, fields }: TableInfo,
  location: string,
): Promise<SequenceUnit | undefined> {
  const column = fields.find(({ name }) => name.toLowerCase() === COLUMN.sequence);
  if (column === undefined || column.type !== 'INTEGER') return undefined;
  const sql = `SELECT MAX(\`${column.name}\`) FROM ${quotedTable(service.project, ref)}`;
  const { rows } = await service.query(sql, {}, { location, maxBytes: MOST_BYTES });
  const highest = rows[0]?.[0];
  if (highest === null || highest === undefined) return undefined;
  return { highest, unit: BigInt(highest) >= FINER_FROM ? 'stitch' : 'ms' };
}

const UNITS_PER_MS = 1_000_000n;

/**
 * The sequences that a row of a table may have come with: the value itself and, since the table or a part of it may be in
 * Stitch's unit, the milliseconds that it is made of.
 * @param value decimal text; null, or undefined without such a column: a sequence that is not known.
 */
export function sequencesOf(value: string | null | undefined): Array<number | undefined> {
  if (value === null || value === undefined) return [undefined];
  const units = BigInt(value);
  return units % UNITS_PER_MS === 0n ? [Number(units), Number(units / UNITS_PER_MS)] : [Number(units)];
}

/** Settings under which rows of other taps, and new tables beside it, are as the table's own. */
export function settingsFor(
  { fields, timePartitioning: partitioning }: TableInfo,
  unit: Config['sequence_unit'] | undefined,
): Partial<Config> {
  return {
    ...(unit === undefined ? {} : { sequence_unit: unit }),
    array_value_wrapping: wrapsArrays(fields),
    ...(partitioning?.field === undefined
      ? {}
      : {
          partition_column: partitioning.field,
          partition_granularity: partitioning.type.toLowerCase() as Config['partition_granularity'],
        }),
  };
}

/** Stitch's loader v2 wraps the items of arrays; v1 does not. */
function wrapsArrays(fields: readonly Field[]): boolean {
  return flatColumns(fields).some(({ field }) => isWrapped(field, undefined, false));
}
