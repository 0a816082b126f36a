import { type Field, typeOf } from '../schema/fields.js';

export interface FlatColumn {
  /** Dotted. */
  readonly path: string;
  readonly field: Field;
}

/** Columns, and the fields of RECORDs behind theirs. */
export function flatColumns(fields: readonly Field[], prefix = ''): FlatColumn[] {
  return fields.flatMap((field) => {
    const path = prefix + field.name;
    return [{ path, field }, ...flatColumns(field.fields ?? [], `${path}.`)];
  });
}

const SQL_NAMES: { readonly [type: string]: string } = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

/** As GoogleSQL calls it: `INT64`, `ARRAY<STRING>`. */
export function sqlType(field: Field): string {
  const type = typeOf(field);
  const name = SQL_NAMES[type] ?? type;
  return field.mode === 'REPEATED' ? `ARRAY<${name}>` : name;
}
