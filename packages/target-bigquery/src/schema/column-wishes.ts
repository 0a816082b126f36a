import { type Field, typeOf } from './fields.js';
import { holds } from './holds.js';
import { takesDecimals } from './kept-columns.js';
import { type NameWish, splitBase, wishedName } from './names.js';
import type { Place, Planning } from './planning.js';
import { type ColumnKind, columnKind, suffixOf } from './realise.js';
import type { Property, Shape } from './shape.js';

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
  const further = (splitBase(first) ?? first) + suffixOf(TEXT);
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
  return field.mode !== 'REPEATED' && (typeOf(field) === 'STRING' || typeOf(field) === 'JSON');
}

function wishFor(
  source: string,
  first: Field | undefined,
  kind: ColumnKind,
  { tableName }: Planning,
  { depth }: Place,
): string {
  if (first) return (splitBase(first.name) ?? first.name) + suffixOf(kind);
  return wishedName(source, depth === 0 ? tableName : undefined);
}
