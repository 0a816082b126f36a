import { type Field, type FieldType, type ScalarType, typeOf } from './fields.js';
import { splitBase } from './names.js';
import { parametersOf } from './parameters.js';
import type { Shape } from './shape.js';

/** Types of columns that hold every value of a type, beside its own. */
const WIDER: { readonly [type in ScalarType]?: readonly FieldType[] } = {
  INTEGER: ['NUMERIC', 'BIGNUMERIC'],
  NUMERIC: ['BIGNUMERIC'],
  TIMESTAMP: ['STRING'],
  DATE: ['TIMESTAMP', 'STRING'],
};

/**
 * Does a column that exists hold every ordinary value of a shape? Otherwise the field gets a further column. An integer
 * beyond 64 bits or a date that no calendar has is no ordinary value.
 */
export function holds(field: Field, shape: Shape, wrapping: boolean): boolean {
  if (field.mode === 'REPEATED') return shape.kind === 'array' && holdsItems(field, shape.items, wrapping);
  const type = typeOf(field);
  if (type === 'JSON') return true;
  if (shape.kind === 'record') return type === 'RECORD';
  if (parametersOf(field)) return false;
  return shape.kind === 'scalar' && (type === shape.type || (WIDER[shape.type]?.includes(type) ?? false));
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
  if (field.mode !== 'REPEATED' || typeOf(field) !== 'RECORD' || fields.length === 0) return false;
  if (!fields.every(({ name }) => name === 'value' || splitBase(name) === 'value')) return false;
  return wrapping || items?.kind !== 'record' || !items.properties.some(({ name }) => name === 'value');
}
