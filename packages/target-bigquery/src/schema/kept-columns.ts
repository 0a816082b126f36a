import { type Field, typeOf } from './fields.js';
import { holds } from './holds.js';
import type { Place, Planned, Planning } from './planning.js';
import type { Shape } from './shape.js';

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
  const integer = kept.find(({ field }) => typeOf(field) === 'INTEGER' && field.mode !== 'REPEATED');
  if (integer === undefined) return;
  integer.field = { ...integer.field, type: 'BIGNUMERIC' };
  widened.push({ column: integer.field.name, to: 'BIGNUMERIC' });
}

const DECIMALS: ReadonlySet<string> = new Set(['NUMERIC', 'BIGNUMERIC', 'FLOAT']);

/**
 * Do decimals have a column beside the one for integers, as Stitch makes it (`age__nu`, `age__fl`)? What it does not hold
 * digit for digit goes to `_sdc_extra`.
 */
export function takesDecimals(family: readonly Field[], shape: Shape): boolean {
  if (shape.kind !== 'scalar' || (shape.type !== 'BIGNUMERIC' && shape.type !== 'NUMERIC')) return false;
  const single = family.filter(({ mode }) => mode !== 'REPEATED');
  return (
    single.some((field) => typeOf(field) === 'INTEGER') && single.some((field) => DECIMALS.has(typeOf(field)))
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
