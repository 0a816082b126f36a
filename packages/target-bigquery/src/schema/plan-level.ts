import { type ColumnWish, wishesFor } from './column-wishes.js';
import { familiesOf, isByWish } from './families.js';
import { type Field, typeOf } from './fields.js';
import { isWrapped } from './holds.js';
import { checkRequired, widen } from './kept-columns.js';
import { nameColumns } from './names.js';
import { describe, marked } from './origin.js';
import { type Place, type Planned, type Planning, slotOf, TOP, within } from './planning.js';
import type { ColumnKind } from './realise.js';
import { type Level, newLevel, newRoute, type Route, type Slot } from './routes.js';
import type { Property, Shape } from './shape.js';

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
  if (typeOf(field) !== 'RECORD') return { field, level: undefined, wrapped: undefined };
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
