import { COLUMN, isSystemName } from '@tap-webhooks/singer';
import type { RowProperties, SchemaSettings } from './row-properties.js';
import type { Field } from './types.js';

/** How the values of a row reach its columns. */
export interface RowPlan {
  readonly fields: readonly FieldPlan[];
  /** The JSON column for values that no other column holds; undefined when the table has none. */
  readonly extra:
    | {
        readonly column: string;
        /** It holds the whole payload (`raw`). */
        readonly isPayload: boolean;
      }
    | undefined;
  /** Fields of the row that are not simply written to their columns. */
  readonly roles: ReadonlyMap<string, FieldRole>;
}

/**
 * What is special about a field. `extra`: the row's own `_sdc_extra`, merged with what no column holds; `copied`: it is in
 * the payload too; `sequence`: it is loaded in Stitch's finer unit.
 */
export type FieldRole = 'extra' | 'copied' | 'sequence';

/** The columns that the values of one field may go to. */
export interface FieldPlan {
  /** Name of the field as the tap writes it. */
  readonly name: string;
  /** A value goes to the first that holds it unaltered, else to `_sdc_extra`. */
  readonly columns: readonly ColumnPlan[];
}

/** One of the columns of a field. */
export interface ColumnPlan {
  readonly column: Field;
  /** Of a RECORD: the fields of its objects. */
  readonly fields?: readonly FieldPlan[];
  /** Of an array whose items become `{"value": item}`: the columns of `value`. */
  readonly wrapped?: FieldPlan;
}

/** Sends the fields of a row to their planned columns, and the rest of it to where the table keeps it. */
export function rowPlan(
  planned: readonly FieldPlan[],
  { properties, rest }: RowProperties,
  { sequence_unit }: SchemaSettings,
): RowPlan {
  const roles = new Map<string, FieldRole>();
  if (sequence_unit === 'stitch') roles.set(COLUMN.sequence, 'sequence');
  if (rest === undefined) return { fields: planned, extra: undefined, roles };
  const column = extraColumn(planned, rest.name);
  const extra = column === undefined ? undefined : { column, isPayload: rest.isPayload };
  if (!rest.isPayload) {
    if (extra) roles.set(rest.name, 'extra');
    return { fields: planned, extra, roles };
  }
  // Columns from before the setting `raw` get nothing, and a field with the name of the payload is a part of it.
  const own = new Set(properties.map(({ name }) => name).filter((name) => name !== rest.name));
  const fields = planned.filter(({ name }) => own.has(name));
  if (rest.copiesKeys) {
    for (const { name } of fields) if (!isSystemName(name)) roles.set(name, 'copied');
  }
  return { fields, extra, roles };
}

function extraColumn(planned: readonly FieldPlan[], source: string): string | undefined {
  const columns = planned.find(({ name }) => name === source)?.columns;
  return columns?.find(({ column }) => column.type === 'JSON' && column.mode !== 'REPEATED')?.column.name;
}
