import { splitOrigin } from '@tap-webhooks/singer';
import {
  columnDescription,
  columnsByField,
  type FieldColumns,
  isFoundByLikeness,
  withFieldInDescription,
} from './field-columns.js';
import { type ColumnKind, canHold, haveDecimals, isWrapped, kindFor, TEXT_KIND, takesText } from './kind.js';
import { nameColumns, preferredName, type Unnamed } from './names.js';
import {
  type ColumnPlan,
  type FieldPlan,
  type Level,
  levelWithin,
  type Planning,
  ROW_LEVEL,
  tableNameAt,
} from './planning.js';
import type { Property, Shape } from './shape.js';
import { type Field, suffixOf, traitsOf } from './types.js';

interface LevelPlan {
  /** Existing columns in their order, then new ones in the order of the schema. */
  readonly columns: readonly Field[];
  readonly fields: readonly FieldPlan[];
}

/** Plans the columns of a row, or of a RECORD. */
export function planLevel(
  existing: readonly Field[],
  properties: readonly Property[],
  planning: Planning,
  level: Level = ROW_LEVEL,
): LevelPlan {
  const names = properties.map(({ name }) => name);
  const byField = columnsByField(existing, names, tableNameAt(level, planning));
  const kept = keepColumns(byField, properties, planning, level);
  const plans = new Map([...kept.values()].flat().map((plan) => [plan.origin, plan]));
  const columns = existing.map((column) => (plans.get(column) as KeptColumn).column);
  const fields = new Map<string, ColumnPlan[]>([...kept].map(([name, own]) => [name, [...own]]));
  for (const { source, plan } of addColumns(existing, kept, properties, planning, level)) {
    columns.push(plan.column);
    fields.set(source, [...(fields.get(source) ?? []), plan]);
  }
  const declared = new Set(names);
  const fieldPlan = (name: string, own: readonly ColumnPlan[]): FieldPlan => ({
    name,
    isDeclared: declared.has(name),
    isKey: planning.keys.has(level.sources + name),
    columns: own,
  });
  return { columns, fields: [...fields].map(([name, own]) => fieldPlan(name, own)) };
}

/** An existing column. */
interface KeptColumn extends ColumnPlan {
  column: Field;
  /** The column as it was. */
  readonly origin: Field;
}

function keepColumns(
  byField: FieldColumns,
  properties: readonly Property[],
  planning: Planning,
  level: Level,
): Map<string, readonly KeptColumn[]> {
  const known = new Map(properties.map((property) => [property.name, property]));
  const kept = new Map<string, readonly KeptColumn[]>();
  for (const [source, existing] of byField) {
    const shape = known.get(source)?.shape;
    const own = existing.map((origin) => {
      const column = known.has(source) ? describedColumn(origin, source, planning, level) : origin;
      return { origin, ...keepColumn(column, shape, source, planning, level) };
    });
    if (shape) widenInteger(own, shape, planning, level);
    checkRequired(own, shape, planning, level);
    kept.set(source, own);
  }
  return kept;
}

/** A column that another field might be taken for tomorrow says in its description whose it is. */
function describedColumn(column: Field, source: string, planning: Planning, level: Level): Field {
  if (!isFoundByLikeness(column, source, tableNameAt(level, planning))) return column;
  const described = withFieldInDescription(column, source);
  if (described !== column) planning.described.push(level.columns + column.name);
  return described;
}

/** An existing column keeps its type; a RECORD may get more fields. */
function keepColumn(
  column: Field,
  shape: Shape | undefined,
  source: string,
  planning: Planning,
  level: Level,
): ColumnPlan {
  planning.sources.set(level.columns + column.name, level.sources + source);
  if (column.type !== 'RECORD') return { column };
  const items = column.mode === 'REPEATED' && shape?.kind === 'array' ? shape.items : undefined;
  const inner = levelWithin(level, column.name, source, false);
  if (isWrapped(column, items, planning.wrapping)) {
    const { fields, wrapped } = planWrapped(column.fields ?? [], items, planning, inner);
    return { column: { ...column, fields }, wrapped };
  }
  const record = column.mode === 'REPEATED' ? items : shape;
  const nested =
    record?.kind === 'record'
      ? planLevel(column.fields ?? [], record.properties, planning, inner)
      : planLevel(column.fields ?? [], [], { ...planning, problems: [] }, inner); // gets no values, so needs none
  return { column: { ...column, fields: nested.columns }, fields: nested.fields };
}

/** Plans the RECORD around each item of an array. */
function planWrapped(
  existing: readonly Field[],
  items: Shape | undefined,
  planning: Planning,
  level: Level,
): { fields: readonly Field[]; wrapped: FieldPlan } {
  const properties: Property[] = items ? [{ name: 'value', shape: items }] : [];
  const { columns, fields } = planLevel(existing, properties, planning, level);
  const wrapped = fields.find(({ name }) => name === 'value') ?? {
    name: 'value',
    isDeclared: false,
    isKey: false,
    columns: [],
  };
  return { fields: columns, wrapped };
}

/** An integer column of the row's own level that is to take decimals is widened in place, by DDL. */
function widenInteger(
  kept: readonly KeptColumn[],
  shape: Shape,
  { widened, wrapping }: Planning,
  { depth }: Level,
): void {
  const columns = kept.map(({ column }) => column);
  if (depth > 0 || shape.kind !== 'scalar' || haveDecimals(columns, shape)) return;
  if (columns.some((column) => canHold(column, shape, wrapping))) return;
  if (!traitsOf(shape.type).uses.includes('fractions')) return;
  const integer = kept.find(({ column }) => column.type === 'INTEGER' && column.mode !== 'REPEATED');
  if (integer === undefined) return;
  integer.column = { ...integer.column, type: 'BIGNUMERIC' };
  widened.push({ column: integer.column.name, to: 'BIGNUMERIC' });
}

/** A REQUIRED column needs a value from every row. */
function checkRequired(
  kept: readonly KeptColumn[],
  shape: Shape | undefined,
  { problems, wrapping }: Planning,
  level: Level,
): void {
  for (const { column } of kept) {
    if (column.mode !== 'REQUIRED' || (shape && canHold(column, shape, wrapping))) continue;
    const why = shape
      ? `the stream's values of it do not all fit ${column.type}`
      : 'the stream has no field for it';
    problems.push(`Column \`${level.columns}${column.name}\` is REQUIRED, and ${why}: make it NULLABLE.`);
  }
}

/** A column that does not exist yet. */
interface NewColumn extends Unnamed {
  readonly kind: ColumnKind;
  readonly description: string | undefined;
  /** Another column of the field holds all but unusual values. */
  readonly isSecond: boolean;
}

function* addColumns(
  existing: readonly Field[],
  kept: ReadonlyMap<string, readonly KeptColumn[]>,
  properties: readonly Property[],
  planning: Planning,
  level: Level,
): Generator<{ source: string; plan: ColumnPlan }> {
  const wanted = properties.flatMap((property) => {
    const own = (kept.get(property.name) ?? []).map(({ column }) => column);
    return newColumns(property, own, planning, level);
  });
  const names = nameColumns(
    wanted,
    existing.map(({ name }) => name),
  );
  for (const column of wanted) {
    const plan = addColumn(column, names.get(column) as string, planning, level);
    if (plan) yield { source: column.source, plan };
  }
}

/** Columns that a field needs beside those that it has. */
function newColumns(
  { name: source, shape, description }: Property,
  existing: readonly Field[],
  planning: Planning,
  level: Level,
): NewColumn[] {
  const { wrapping } = planning;
  const kind = kindFor(shape, level.depth, wrapping);
  const first = existing[0]?.name;
  const preferred =
    first === undefined ? preferredName(source, tableNameAt(level, planning)) : splitName(first, kind);
  const isHeld = existing.some((column) => canHold(column, shape, wrapping)) || haveDecimals(existing, shape);
  const wanted = isHeld ? [] : [{ source, preferred, kind, description, isSecond: false }];
  if (!needsText(source, shape, planning, level) || existing.some(takesText)) return wanted;
  const split = splitName(first ?? preferred, TEXT_KIND);
  return [...wanted, { source, preferred: split, kind: TEXT_KIND, description, isSecond: true }];
}

/**
 * True for a key that is a time. Such a time may be finer than BigQuery's, or one that no calendar has, and still it must
 * differ from others: a column for text holds it.
 */
function needsText(source: string, shape: Shape, { keys }: Planning, { sources }: Level): boolean {
  if (shape.kind !== 'scalar' || !keys.has(sources + source)) return false;
  return shape.type === 'TIMESTAMP' || shape.type === 'DATE';
}

/** @param first name of the field's first column. */
function splitName(first: string, kind: ColumnKind): string {
  return (splitOrigin(first) ?? first) + suffixOf(kind);
}

/** @returns undefined when the table has no room for the column: its values go to `_sdc_extra`. */
function addColumn(
  { source, kind, description: text, isSecond }: NewColumn,
  name: string,
  planning: Planning,
  level: Level,
): ColumnPlan | undefined {
  const { budget, added, sources } = planning;
  const isReserved = level.depth === 0 && !isSecond && planning.reserved.has(source);
  if (!isReserved && !budget.take()) return undefined;
  const from = added.length;
  const nested = planNested(kind, planning, levelWithin(level, name, source, true));
  if (nested?.columns.length === 0) {
    if (!isReserved) budget.giveBack();
    return undefined;
  }
  const description = columnDescription(text, source, name !== source);
  const column: Field = {
    name,
    type: kind.type,
    mode: kind.mode,
    ...(description !== undefined && { description }),
    ...(nested && { fields: nested.columns }),
  };
  sources.set(level.columns + name, level.sources + source);
  if (!level.isNew) added.splice(from, 0, level.columns + name);
  return { column, ...nested?.plan };
}

/** The fields of a new RECORD; undefined for other kinds. */
function planNested(
  { record, wraps }: ColumnKind,
  planning: Planning,
  level: Level,
): { columns: readonly Field[]; plan: Omit<ColumnPlan, 'column'> } | undefined {
  if (wraps) {
    const { fields, wrapped } = planWrapped([], wraps, planning, level);
    return { columns: fields, plan: { wrapped } };
  }
  if (!record) return undefined;
  const { columns, fields } = planLevel([], record.properties, planning, level);
  return { columns, plan: { fields } };
}
