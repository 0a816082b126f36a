import type { JsonSchema } from '@tap-webhooks/singer';
import type { Field } from '../schema/fields.js';

/** Which field each column stands for. Paths are dotted. */
export interface ColumnSources {
  /** By the path of the column; one that is absent stands for the field of its own name. */
  readonly sources: ReadonlyMap<string, string>;
  /** The stream's `x-sdc-splits`: fields that the tap itself split, with the field they were split from. */
  readonly splits: ReadonlyMap<string, string>;
}

/** A column, or a field of RECORDs: names from the table's own level down. */
export interface ColumnPath {
  readonly path: readonly string[];
  readonly field: Field;
}

export function splitsOf(schema: JsonSchema): ColumnSources['splits'] {
  const splits = schema['x-sdc-splits'];
  if (typeof splits !== 'object' || splits === null || Array.isArray(splits)) return new Map();
  return new Map(Object.entries(splits as { [field: string]: string }));
}

/**
 * The columns of one level by the name of the field that they stand for. A field whose values have had several types has
 * several: the first has its name, the others a suffix of Stitch's.
 * @param parent RECORD that the level is in; empty at the table's own.
 */
export function familiesAt(
  fields: readonly Field[],
  parent: readonly string[],
  { sources, splits }: ColumnSources,
): Map<string, ColumnPath[]> {
  const families = new Map<string, ColumnPath[]>();
  const record = parent.join('.');
  const prefix = parent.length === 0 ? '' : `${sources.get(record) ?? record}.`;
  for (const field of fields) {
    const path = [...parent, field.name];
    const source = sources.get(path.join('.')) ?? `${prefix}${field.name}`;
    const origin = splits.get(source) ?? source;
    const name = origin.startsWith(prefix) ? origin.slice(prefix.length) : field.name;
    const family = families.get(name);
    if (family === undefined) families.set(name, [{ path, field }]);
    else if (field.name === name) family.unshift({ path, field });
    else family.push({ path, field });
  }
  return families;
}
