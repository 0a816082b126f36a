/** Types under the names that the REST API answers with ("TableFieldSchema"). */
export type FieldType =
  | 'STRING'
  | 'BYTES'
  | 'INTEGER'
  | 'FLOAT'
  | 'BOOLEAN'
  | 'TIMESTAMP'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'JSON'
  | 'RECORD';

export interface FakeField {
  readonly name: string;
  readonly type: FieldType;
  readonly mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  readonly fields?: readonly FakeField[];
  readonly description?: string;
  /** Decimal text, for STRING and BYTES. Other members of a field in a request are kept too, and answered unchanged. */
  readonly maxLength?: string;
}

/** GoogleSQL names that a request may use; the service answers with the others ("TableFieldSchema"). */
const SYNONYMS: { readonly [name: string]: FieldType } = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

const TYPES: ReadonlySet<string> = new Set<FieldType>([
  'STRING',
  'BYTES',
  'INTEGER',
  'FLOAT',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
  'TIME',
  'DATETIME',
  'NUMERIC',
  'BIGNUMERIC',
  'JSON',
  'RECORD',
]);

/** Returns the type of that name; undefined when there is none. */
export function typeNamed(name: unknown): FieldType | undefined {
  if (typeof name !== 'string') return undefined;
  const upper = name.toUpperCase();
  return SYNONYMS[upper] ?? (TYPES.has(upper) ? (upper as FieldType) : undefined);
}

export function findField(fields: readonly FakeField[], name: string): FakeField | undefined {
  const wanted = name.toLowerCase();
  return fields.find((field) => field.name.toLowerCase() === wanted);
}
