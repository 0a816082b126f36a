/** Types of a column that holds one value which is no object and no list. */
export type ScalarType =
  | 'STRING'
  | 'INTEGER'
  | 'FLOAT'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOLEAN'
  | 'TIMESTAMP'
  | 'DATE'
  | 'DATETIME'
  | 'TIME'
  | 'BYTES';

/** Types that a column can have, by their names in the REST API ("TableFieldSchema"). */
export type FieldType = ScalarType | 'JSON' | 'RECORD';

/** One column, or one field of a RECORD. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly mode: 'NULLABLE' | 'REPEATED' | 'REQUIRED';
  readonly description?: string;
  /** Of a RECORD. */
  readonly fields?: readonly Field[];
}

/** Some services answer with the names of GoogleSQL. */
const SYNONYMS: { readonly [name: string]: FieldType } = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

export function typeOf({ type }: Field): FieldType {
  return SYNONYMS[type] ?? type;
}

/** Columns as BigQuery counts them: a RECORD, and each field in it. */
export function countFields(fields: readonly Field[]): number {
  return fields.reduce((count, field) => count + 1 + countFields(field.fields ?? []), 0);
}
