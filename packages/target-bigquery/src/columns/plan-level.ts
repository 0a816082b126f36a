import { splitOrigin } from '@tap-webhooks/singer';
import { describe, familiesOf, isByWish, marked, type NameWish, nameColumns, wishedName } from './names.js';
import {
  type Level,
  newLevel,
  newRoute,
  type Place,
  type Planned,
  type Planning,
  type Route,
  type Slot,
  slotOf,
  TOP,
  within,
} from './planning.js';
import type { Property, Shape } from './shape.js';
import { type ColumnType, type Field, parametersOf, suffixOf, traitsOf } from './types.js';

/** Levels of RECORDs that BigQuery takes ("Specifying nested and repeated columns"). */
const MAX_DEPTH = 15;

/** What a new column is made of. */
export interface ColumnKind {
  readonly type: ColumnType;
  readonly mode: 'NULLABLE' | 'REPEATED';
  /** Of each RECORD. */
  readonly record?: Extract<Shape, { kind: 'record' }>;
  /** Items, when they become records with one field `value`. */
  readonly wraps?: Shape;
}

const JSON_KIND: ColumnKind = { type: 'JSON', mode: 'NULLABLE' };

/**
 * @param depth RECORDs that the column stands in.
 * @param wrapping Stitch's arrays, which hold arrays of arrays and items of any type too.
 */
export function columnKind(shape: Shape, depth: number, wrapping: boolean): ColumnKind {
  switch (shape.kind) {
    case 'scalar':
      return { type: shape.type, mode: 'NULLABLE' };
    case 'record':
      return depth < MAX_DEPTH ? { type: 'RECORD', mode: 'NULLABLE', record: shape } : JSON_KIND;
    case 'array':
      return depth < MAX_DEPTH || !wrapping ? arrayKind(shape.items, depth, wrapping) : JSON_KIND;
    default:
      return JSON_KIND;
  }
}

/** BigQuery has no arrays of arrays, and an array of JSON tells no more than JSON does. */
function arrayKind(items: Shape, depth: number, wrapping: boolean): ColumnKind {
  if (wrapping) return { type: 'RECORD', mode: 'REPEATED', wraps: items };
  const item = columnKind(items, depth, wrapping);
  const isPlain = item.mode === 'NULLABLE' && item.type !== 'JSON';
  return isPlain ? { ...item, mode: 'REPEATED' } : JSON_KIND;
}

/**
 * Does a column that exists hold every ordinary value of a shape? Otherwise the field gets a further column. An integer
 * beyond 64 bits or a date that no calendar has is no ordinary value.
 */
export function holds(field: Field, shape: Shape, wrapping: boolean): boolean {
  if (field.mode === 'REPEATED') return shape.kind === 'array' && holdsItems(field, shape.items, wrapping);
  const { type } = field;
  if (type === 'JSON') return true;
  if (shape.kind === 'record') return type === 'RECORD';
  if (parametersOf(field)) return false;
  return shape.kind === 'scalar' && (type === shape.type || traitsOf(shape.type).wider.includes(type));
}

function holdsItems(field: Field, items: Shape, wrapping: boolean): boolean {
  if (isWrapped(field, items, wrapping)) return true;
  return items.kind !== 'json' && holds({ ...field, mode: 'NULLABLE' }, items, wrapping);
}

/**
 * Is it an array as Stitch makes it, of records whose only field is `value` (or `value__st`, … for items of other types)?
 * When the items themselves are known to have such a field, the setting decides.
 */
export function isWrapped(field: Field, items: Shape | undefined, wrapping: boolean): boolean {
  const { fields = [] } = field;
  if (field.mode !== 'REPEATED' || field.type !== 'RECORD' || fields.length === 0) return false;
  if (!fields.every(({ name }) => name === 'value' || splitOrigin(name) === 'value')) return false;
  return wrapping || items?.kind !== 'record' || !items.properties.some(({ name }) => name === 'value');
}

/** An integer column that is to take decimals: DDL can change it in place, at the row's own level. */
export function widen(
  kept: readonly Planned[],
  shape: Shape,
  { widened, wrapping }: Planning,
  { depth }: Place,
): void {
  if (
    takesDecimals(
      kept.map(({ field }) => field),
      shape,
    )
  )
    return;
  if (depth > 0 || shape.kind !== 'scalar' || kept.some(({ field }) => holds(field, shape, wrapping))) return;
  if (shape.type !== 'BIGNUMERIC' && shape.type !== 'NUMERIC') return;
  const integer = kept.find(({ field }) => field.type === 'INTEGER' && field.mode !== 'REPEATED');
  if (integer === undefined) return;
  integer.field = { ...integer.field, type: 'BIGNUMERIC' };
  widened.push({ column: integer.field.name, to: 'BIGNUMERIC' });
}

/**
 * Do decimals have a column beside the one for integers, as Stitch makes it (`age__nu`, `age__fl`)? What it does not hold
 * digit for digit goes to `_sdc_extra`.
 */
export function takesDecimals(family: readonly Field[], shape: Shape): boolean {
  if (shape.kind !== 'scalar' || (shape.type !== 'BIGNUMERIC' && shape.type !== 'NUMERIC')) return false;
  const single = family.filter(({ mode }) => mode !== 'REPEATED');
  return (
    single.some((field) => field.type === 'INTEGER') &&
    single.some((field) => traitsOf(field.type).takesFractions)
  );
}

/** A column that must not be null needs a value from every row. */
export function checkRequired(
  kept: readonly Planned[],
  shape: Shape | undefined,
  { problems, wrapping }: Planning,
  { columns }: Place,
): void {
  for (const { field } of kept) {
    if (field.mode !== 'REQUIRED' || (shape && holds(field, shape, wrapping))) continue;
    const why = shape
      ? `the stream's values of it do not all fit ${field.type}`
      : 'the stream has no field for it';
    problems.push(`Column \`${columns}${field.name}\` is REQUIRED, and ${why}: make it NULLABLE.`);
  }
}

/** A column that does not exist yet. */
export interface ColumnWish extends NameWish {
  readonly kind: ColumnKind;
  readonly description: string | undefined;
  /** Beside another column of the field that holds all but odd values. */
  readonly isFurther: boolean;
}

const TEXT: ColumnKind = { type: 'STRING', mode: 'NULLABLE' };

/**
 * Columns that a field needs beside those it has.
 * @param family the ones it has.
 */
export function wishesFor(
  { name: source, shape, description }: Property,
  family: readonly Field[],
  planning: Planning,
  place: Place,
): ColumnWish[] {
  const kind = columnKind(shape, place.depth, planning.wrapping);
  const wish = wishFor(source, family[0], kind, planning, place);
  const isHeld =
    family.some((field) => holds(field, shape, planning.wrapping)) || takesDecimals(family, shape);
  const wishes = isHeld ? [] : [{ source, wish, kind, description, isFurther: false }];
  if (!needsText(source, shape, planning, place) || family.some(takesText)) return wishes;
  const first = family[0]?.name ?? wish;
  const further = (splitOrigin(first) ?? first) + suffixOf(TEXT);
  return [...wishes, { source, wish: further, kind: TEXT, description, isFurther: true }];
}

/**
 * A time may be finer than BigQuery's, or none that a calendar has. As a key it still has to be told from others: text holds
 * what the column does not.
 */
function needsText(source: string, shape: Shape, { keys }: Planning, { sources }: Place): boolean {
  if (shape.kind !== 'scalar' || !keys.has(sources + source)) return false;
  return shape.type === 'TIMESTAMP' || shape.type === 'DATE';
}

function takesText(field: Field): boolean {
  return field.mode !== 'REPEATED' && (field.type === 'STRING' || field.type === 'JSON');
}

function wishFor(
  source: string,
  first: Field | undefined,
  kind: ColumnKind,
  { tableName }: Planning,
  { depth }: Place,
): string {
  if (first) return (splitOrigin(first.name) ?? first.name) + suffixOf(kind);
  return wishedName(source, depth === 0 ? tableName : undefined);
}

export interface PlannedLevel {
  readonly fields: readonly Field[];
  readonly level: Level;
}

/** Plans the columns of a row, or of a RECORD: those that exist, in their order, then new ones in the schema's. */
export function planLevel(
  existing: readonly Field[],
  properties: readonly Property[],
  planning: Planning,
  place: Place = TOP,
): PlannedLevel {
  const families = familiesOf(
    existing,
    properties.map(({ name }) => name),
    place.depth === 0 ? planning.tableName : undefined,
  );
  const known = new Map(properties.map((property) => [property.name, property]));
  const columns = new Map<Field, Planned>();
  for (const [source, family] of families) {
    const property = known.get(source);
    const kept = family.map((field) =>
      keep(
        property ? named(field, source, planning, place) : field,
        property?.shape,
        source,
        planning,
        place,
      ),
    );
    if (property) widen(kept, property.shape, planning, place);
    checkRequired(kept, property?.shape, planning, place);
    for (const [index, field] of family.entries()) columns.set(field, kept[index] as Planned);
  }
  const fields = existing.map((field) => (columns.get(field) as Planned).field);
  const slots = new Map<string, Slot[]>();
  for (const [source, family] of families) {
    slots.set(
      source,
      family.map((field) => slotOf(source, columns.get(field) as Planned)),
    );
  }
  for (const added of addColumns(properties, families, columns, planning, place)) {
    fields.push(added.planned.field);
    slots.set(added.source, [...(slots.get(added.source) ?? []), slotOf(added.source, added.planned)]);
  }
  return { fields, level: newLevel([...slots].map(([source, own]) => newRoute(source, own))) };
}

/** A column that another field might take as well tomorrow says whose it is. */
function named(field: Field, source: string, { tableName, marked: names }: Planning, place: Place): Field {
  if (!isByWish(field, source, place.depth === 0 ? tableName : undefined)) return field;
  const now = marked(field, source);
  if (now !== field) names.push(place.columns + field.name);
  return now;
}

/** A column that exists stays what it is; RECORDs may get further fields. */
function keep(
  field: Field,
  shape: Shape | undefined,
  source: string,
  planning: Planning,
  place: Place,
): Planned {
  planning.sources.set(place.columns + field.name, place.sources + source);
  if (field.type !== 'RECORD') return { field, level: undefined, wrapped: undefined };
  const items = field.mode === 'REPEATED' && shape?.kind === 'array' ? shape.items : undefined;
  const record = field.mode === 'REPEATED' ? items : shape;
  const inner = within(place, field.name, source, false);
  if (isWrapped(field, items, planning.wrapping)) {
    const { fields, wrapped } = wrap(field.fields ?? [], items, planning, inner);
    return { field: { ...field, fields }, level: undefined, wrapped };
  }
  const properties = record?.kind === 'record' ? record.properties : [];
  const isFilled = record?.kind === 'record';
  const nested = planLevel(field.fields ?? [], properties, isFilled ? planning : lenient(planning), inner);
  return { field: { ...field, fields: nested.fields }, level: nested.level, wrapped: undefined };
}

/** Fields of a RECORD that the schema does not tell of need no values. */
function lenient(planning: Planning): Planning {
  return { ...planning, problems: [] };
}

function wrap(
  existing: readonly Field[],
  items: Shape | undefined,
  planning: Planning,
  place: Place,
): { fields: readonly Field[]; wrapped: Route } {
  const properties: Property[] = items ? [{ name: 'value', shape: items }] : [];
  const { fields, level } = planLevel(existing, properties, planning, place);
  return { fields, wrapped: level.routes.get('value') ?? newRoute('value', []) };
}

function* addColumns(
  properties: readonly Property[],
  families: ReadonlyMap<string, readonly Field[]>,
  columns: ReadonlyMap<Field, Planned>,
  planning: Planning,
  place: Place,
): Generator<{ source: string; planned: Planned }> {
  const wishes = properties.flatMap((property) => {
    const family = (families.get(property.name) ?? []).map((field) => (columns.get(field) as Planned).field);
    return wishesFor(property, family, planning, place);
  });
  const names = nameColumns(
    wishes,
    [...columns.keys()].map((field) => field.name),
  );
  for (const wish of wishes) {
    const planned = addColumn(wish, names.get(wish) as string, planning, place);
    if (planned) yield { source: wish.source, planned };
  }
}

/** Undefined when the table has no room for it: values go to `_sdc_extra`. */
function addColumn(wish: ColumnWish, name: string, planning: Planning, place: Place): Planned | undefined {
  const { source, kind, isFurther } = wish;
  const isReserved = place.depth === 0 && !isFurther && planning.reserved.has(source);
  if (!planning.budget.take(isReserved)) return undefined;
  const from = planning.added.length;
  const inner = within(place, name, source, true);
  const nested = nestedOf(kind, planning, inner);
  if (nested !== undefined && nested.fields.length === 0) {
    planning.budget.giveBack();
    return undefined;
  }
  const description = describe(wish.description, source, name !== source);
  const field: Field = {
    name,
    type: kind.type,
    mode: kind.mode,
    ...(description !== undefined && { description }),
    ...(nested && { fields: nested.fields }),
  };
  planning.sources.set(place.columns + name, place.sources + source);
  if (!place.isNew) planning.added.splice(from, 0, place.columns + name);
  return { field, level: nested?.level, wrapped: nested?.wrapped };
}

function nestedOf(
  { record, wraps }: ColumnKind,
  planning: Planning,
  place: Place,
): { fields: readonly Field[]; level: Level | undefined; wrapped: Route | undefined } | undefined {
  if (wraps) return { level: undefined, ...wrap([], wraps, planning, place) };
  return record && { wrapped: undefined, ...planLevel([], record.properties, planning, place) };
}
