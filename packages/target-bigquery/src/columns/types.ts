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

/**
 * What a column was limited to when somebody made it: `STRING(10)`, `NUMERIC(10, 2)` ("Parameterized data types"). We make
 * no such columns.
 */
export interface Parameters {
  /** In Unicode characters. */
  readonly length: number;
  /** Digits before and behind the point. */
  readonly whole: number;
  readonly scale: number;
}

/** By the REST API's "TableFieldSchema", which has 64-bit integers as strings; undefined for columns without limits. */
export function parametersOf(field: Field): Parameters | undefined {
  const { maxLength, precision, scale } = field as {
    maxLength?: unknown;
    precision?: unknown;
    scale?: unknown;
  };
  if (maxLength === undefined && precision === undefined) return undefined;
  return {
    length: Number(maxLength ?? Number.POSITIVE_INFINITY),
    whole: Number(precision ?? Number.POSITIVE_INFINITY) - Number(scale ?? 0),
    scale: precision === undefined ? Number.POSITIVE_INFINITY : Number(scale ?? 0),
  };
}

/** @param raw a JSON string or number, as sent. */
export function isWithin({ length, whole, scale }: Parameters, raw: string): boolean {
  if (raw.startsWith('"')) {
    const text = JSON.parse(raw) as string;
    return text.length <= length || [...text].length <= length;
  }
  if (/[eE]/.test(raw)) return false;
  const [before = '', behind = ''] = raw.replace('-', '').split('.');
  return before.replace(/^0+/, '').length <= whole && behind.length <= scale;
}
