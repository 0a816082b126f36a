import { splitOrigin } from '@tap-webhooks/singer';
import { type ColumnKind, canHold, haveDecimals, kindFor, TEXT_KIND, takesText } from './kind.js';
import { preferredName, type Unnamed } from './names.js';
import { type Level, type Planning, tableNameAt } from './planning.js';
import type { Property, Shape } from './shape.js';
import { type Field, suffixOf } from './types.js';

/** A column that does not exist yet. */
export interface NewColumn extends Unnamed {
  readonly kind: ColumnKind;
  readonly description: string | undefined;
  /** Another column of the field holds all but unusual values. */
  readonly isSecond: boolean;
}

/** Columns that a field needs beside those that it has. */
export function newColumns(
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
