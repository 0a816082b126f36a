import { isSystemName } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { RowEncoder } from '../rows/extra.js';
import { rowEncoder } from '../rows/row-encoder.js';
import { familiesOf } from './names.js';
import { planLevel } from './plan-level.js';
import { ColumnBudget, MAX_COLUMNS, type Planning } from './planning.js';
import { keyPaths, rowProperties, systemProblems } from './row-properties.js';
import { countFields, type Field } from './types.js';

/** The settings that decide on columns, by their names in the config. */
export interface SchemaSettings {
  /** The whole payload goes into one JSON column `payload`. */
  readonly raw: boolean;
  /** Items of arrays become records with one field `value`, as Stitch's are. */
  readonly array_value_wrapping: boolean;
  /** Unit in which `_sdc_sequence` is loaded: milliseconds as it comes, or Stitch's, a millionth of that. */
  readonly sequence_unit?: 'ms' | 'stitch';
}

/** What a table becomes, and how rows are written for it. */
export interface TablePlan {
  /** The table after the plan: existing columns first, in their order; a load job's schema. */
  readonly fields: readonly Field[];
  /** Columns that are new, nested ones as dotted paths. They come with the next load job. */
  readonly added: readonly string[];
  /**
   * Columns that exist and are found by likeness alone: their new description names the field, so that a field that comes
   * later does not take them. Dotted paths.
   */
  readonly marked: readonly string[];
  /** Columns whose type has to be changed before the next load, since no load job does it. */
  readonly widened: readonly { readonly column: string; readonly to: 'BIGNUMERIC' }[];
  /** Sentences: what of an existing table does not fit. Nothing may be loaded unless there are none. */
  readonly problems: readonly string[];
  /** Dotted path of each column, with the dotted path of the field that it stands for. */
  readonly sources: ReadonlyMap<string, string>;
  readonly encode: RowEncoder;
}

export interface PlanInput {
  readonly definition: TableDefinition;
  /** Columns of the table as it stands; undefined when it is absent. */
  readonly existing: readonly Field[] | undefined;
  readonly settings: SchemaSettings;
}

/**
 * Decides which columns a table has and which values go where. The same for the same table and schema, in whatever order
 * the schema names its fields: what was decided before stands in the table, in names and descriptions of its columns.
 */
export function planTable({ definition, existing = [], settings }: PlanInput): TablePlan {
  const row = rowProperties(definition, existing, settings);
  const { properties, rest } = row;
  const names = properties.map(({ name }) => name);
  const families = familiesOf(existing, names, definition.tableName);
  const reserved = new Set(
    names.filter(
      (name) => isSystemName(name) || definition.keyProperties.includes(name) || name === rest?.name,
    ),
  );
  const missing = [...reserved].filter((name) => !families.has(name)).length;
  const planning: Planning = {
    wrapping: settings.array_value_wrapping,
    budget: new ColumnBudget(MAX_COLUMNS - countFields(existing), missing),
    tableName: definition.tableName,
    reserved,
    added: [],
    marked: [],
    keys: keyPaths(definition),
    widened: [],
    problems: systemProblems(definition, names, families),
    sources: new Map(),
  };
  const { fields, level } = planLevel(existing, properties, planning);
  const { added, marked, widened, problems, sources } = planning;
  for (const name of reserved) {
    if (level.routes.get(name)?.slots.length) continue;
    problems.push(`There is no room for column \`${name}\`: a table has at most ${MAX_COLUMNS} columns.`);
  }
  return { fields, added, marked, widened, problems, sources, encode: rowEncoder(level, row, settings) };
}

/**
 * The plan for people, one line a column: name, type, mode, what becomes of it, and the field it stands for, e.g.
 * ``score__st STRING NULLABLE new ← score``. Fields of RECORDs follow theirs, as dotted paths.
 */
export function describePlan({ fields, added, widened, sources }: TablePlan): string[] {
  const isNew = new Set(added);
  const isWidened = new Set(widened.map(({ column }) => column));
  return lines(
    fields,
    '',
    (path) => {
      if (isWidened.has(path)) return 'widened';
      return isUnder(path, isNew) ? 'new' : 'existing';
    },
    sources,
  );
}

function lines(
  fields: readonly Field[],
  prefix: string,
  fateOf: (path: string) => string,
  sources: ReadonlyMap<string, string>,
): string[] {
  return fields.flatMap(({ name, type, mode, fields: nested = [] }) => {
    const path = prefix + name;
    const source = sources.get(path) ?? path;
    const from = source === path ? '' : ` ← ${source}`;
    return [`${path} ${type} ${mode} ${fateOf(path)}${from}`, ...lines(nested, `${path}.`, fateOf, sources)];
  });
}

/** Fields of a new RECORD are new with it. */
function isUnder(path: string, added: ReadonlySet<string>): boolean {
  for (let dot = path.length; dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    if (added.has(path.slice(0, dot))) return true;
  }
  return false;
}
