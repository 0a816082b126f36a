import { COLUMN, isSystemName } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import { columnsByField } from './field-columns.js';
import { planLevel } from './plan-level.js';
import {
  ColumnBudget,
  type FieldPlan,
  type FieldRole,
  MAX_COLUMNS,
  type Planning,
  type RowPlan,
} from './planning.js';
import {
  keyPaths,
  type RowProperties,
  rowProperties,
  type SchemaSettings,
  systemProblems,
} from './row-properties.js';
import { countFields, type Field } from './types.js';

/** The columns that a table has after the next load, and how rows reach them. */
export interface TablePlan {
  /** Existing columns in their order, then new ones: the schema of a load job. */
  readonly fields: readonly Field[];
  /** Dotted paths of new columns. They come with the next load job. */
  readonly added: readonly string[];
  /**
   * Dotted paths of existing columns that were found by likeness alone: their new description names the field, so that a
   * field that comes later does not take them.
   */
  readonly described: readonly string[];
  /** Columns whose type must be changed before the next load, since no load job does it. */
  readonly widened: readonly { readonly column: string; readonly to: 'BIGNUMERIC' }[];
  /** Sentences: what of an existing table does not fit. Nothing may be loaded unless there are none. */
  readonly problems: readonly string[];
  /** Dotted path of each column, with the dotted path of its field. */
  readonly sources: ReadonlyMap<string, string>;
  /** How the values of a row reach the columns. */
  readonly row: RowPlan;
}

export interface PlanInput {
  readonly definition: TableDefinition;
  /** Columns that the table has; undefined when it does not exist. */
  readonly existing: readonly Field[] | undefined;
  readonly settings: SchemaSettings;
}

/**
 * Decides which columns a table has and which values go where. Earlier decisions are in the names and descriptions of the
 * columns, so they hold in whatever order a later schema names its fields. Of new fields with the same name the first gets it.
 */
export function planTable({ definition, existing = [], settings }: PlanInput): TablePlan {
  const row = rowProperties(definition, existing, settings);
  const names = row.properties.map(({ name }) => name);
  const byField = columnsByField(existing, names, definition.tableName);
  const isReserved = (name: string) =>
    isSystemName(name) || definition.keyProperties.includes(name) || name === row.rest?.name;
  const reserved = new Set(names.filter(isReserved));
  const missing = [...reserved].filter((name) => !byField.has(name));
  const room = MAX_COLUMNS - countFields(existing);
  const planning: Planning = {
    wrapping: settings.array_value_wrapping,
    budget: new ColumnBudget(room - missing.length),
    tableName: definition.tableName,
    reserved,
    keys: keyPaths(definition),
    added: [],
    described: [],
    widened: [],
    problems: systemProblems(definition, names, byField),
    sources: new Map(),
  };
  const { columns, fields } = planLevel(existing, row.properties, planning);
  const { added, described, widened, problems, sources } = planning;
  const planned = new Set(fields.filter((field) => field.columns.length > 0).map(({ name }) => name));
  const homeless = new Set([
    ...missing.slice(Math.max(room, 0)),
    ...[...reserved].filter((name) => !planned.has(name)),
  ]);
  for (const name of homeless) {
    problems.push(`There is no room for column \`${name}\`: a table has at most ${MAX_COLUMNS} columns.`);
  }
  return {
    fields: columns,
    added,
    described,
    widened,
    problems,
    sources,
    row: rowPlan(fields, row, settings),
  };
}

/** Sends the fields of a row to their planned columns, and the rest of it to where the table keeps it. */
function rowPlan(
  planned: readonly FieldPlan[],
  { properties, rest }: RowProperties,
  { sequence_unit }: SchemaSettings,
): RowPlan {
  const roles = new Map<string, FieldRole>([[COLUMN.deletedAt, 'deleted']]);
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
