import { SPLIT_SUFFIX } from '@tap-webhooks/singer';

/** One column, or one field of a RECORD. */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: 'NULLABLE' | 'REPEATED' | 'REQUIRED';
  readonly description?: string;
  /** Of a RECORD. */
  readonly fields?: readonly Field[];
}

/** Types of columns, by their names in the REST API ("TableFieldSchema"). */
export type ColumnType =
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
  | 'BYTES'
  | 'JSON'
  | 'RECORD';

/** Types of columns that hold one value, which is neither an object nor a list. */
export type ScalarType = Exclude<ColumnType, 'JSON' | 'RECORD'>;

/**
 * How a JSON value is written for a column in a row of a load job (`rows/scalars.ts`); `nested` for RECORDs, `none` for
 * types that no value is written for.
 */
export type JsonForm =
  | 'text'
  | 'integer'
  | 'float'
  | 'numeric'
  | 'bignumeric'
  | 'boolean'
  | 'timestamp'
  | 'date'
  | 'datetime'
  | 'time'
  | 'json'
  | 'nested'
  | 'none';

/**
 * How that value is written for the Storage Write API (`rows/proto-scalars.ts`); `none` for types that are not described to it.
 */
export type ProtoForm =
  | 'string'
  | 'literal'
  | 'int64'
  | 'double'
  | 'decimal'
  | 'bool'
  | 'timestamp'
  | 'date'
  | 'bytes'
  | 'json'
  | 'message'
  | 'none';

/**
 * What a column can be used for: `cluster` a table by it ("Clustered tables"), `partition` a table by it ("Partitioned
 * tables"), `group` rows by it in window functions ("Window function calls"), and hold `fractions`.
 */
type Use = 'cluster' | 'partition' | 'group' | 'fractions';

/** What this target knows of a column type. */
interface Traits {
  /** Its name in GoogleSQL. */
  readonly sql: string;
  /** Other names that services answer with. */
  readonly synonyms: readonly string[];
  /** Suffix of a split column of this type. */
  readonly suffix: string;
  /** Other types whose columns hold every value of this type. */
  readonly wider: readonly ColumnType[];
  /** The type for values of this type and of others that have the same entry here; undefined: only JSON holds both. */
  readonly mixed: ScalarType | undefined;
  readonly uses: readonly Use[];
  readonly json: JsonForm;
  readonly proto: ProtoForm;
  /** Writes an SQL expression of this type as one of text that loses nothing, NULL where it is NULL. */
  readonly asText: (sql: string) => string;
}

const asCast = (sql: string) => `CAST(${sql} AS STRING)`;
const asJson = (sql: string) => `IF(${sql} IS NULL, NULL, TO_JSON_STRING(${sql}))`;

/** All that differs from type to type: to add a type, add its name above and its row here. */
const COLUMN_TYPES: { readonly [type in ColumnType]: Traits } = {
  STRING: {
    sql: 'STRING',
    synonyms: [],
    suffix: SPLIT_SUFFIX.string,
    wider: [],
    mixed: 'STRING',
    uses: ['cluster', 'group'],
    json: 'text',
    proto: 'string',
    asText: (sql) => sql,
  },
  INTEGER: {
    sql: 'INT64',
    synonyms: ['INT64'],
    suffix: SPLIT_SUFFIX.integer,
    wider: ['NUMERIC', 'BIGNUMERIC'],
    mixed: 'BIGNUMERIC',
    uses: ['cluster', 'group'],
    json: 'integer',
    proto: 'int64',
    asText: asCast,
  },
  FLOAT: {
    sql: 'FLOAT64',
    synonyms: ['FLOAT64'],
    suffix: SPLIT_SUFFIX.float,
    wider: [],
    mixed: undefined, // it rounds
    uses: ['fractions'],
    json: 'float',
    proto: 'double',
    asText: asCast,
  },
  NUMERIC: {
    sql: 'NUMERIC',
    synonyms: ['DECIMAL'],
    suffix: SPLIT_SUFFIX.number,
    wider: ['BIGNUMERIC'],
    mixed: 'BIGNUMERIC',
    uses: ['cluster', 'group', 'fractions'],
    json: 'numeric',
    proto: 'decimal',
    asText: asCast,
  },
  BIGNUMERIC: {
    sql: 'BIGNUMERIC',
    synonyms: ['BIGDECIMAL'],
    suffix: SPLIT_SUFFIX.number,
    wider: [],
    mixed: 'BIGNUMERIC',
    uses: ['cluster', 'group', 'fractions'],
    json: 'bignumeric',
    proto: 'decimal',
    asText: asCast,
  },
  BOOLEAN: {
    sql: 'BOOL',
    synonyms: ['BOOL'],
    suffix: SPLIT_SUFFIX.boolean,
    wider: [],
    mixed: undefined,
    uses: ['cluster', 'group'],
    json: 'boolean',
    proto: 'bool',
    asText: asCast,
  },
  TIMESTAMP: {
    sql: 'TIMESTAMP',
    synonyms: [],
    suffix: SPLIT_SUFFIX.time,
    wider: ['STRING'],
    mixed: 'STRING',
    uses: ['cluster', 'partition', 'group'],
    json: 'timestamp',
    proto: 'timestamp',
    asText: asCast,
  },
  DATE: {
    sql: 'DATE',
    synonyms: [],
    suffix: SPLIT_SUFFIX.time,
    wider: ['TIMESTAMP', 'STRING'],
    mixed: 'STRING',
    uses: ['cluster', 'partition', 'group'],
    json: 'date',
    proto: 'date',
    asText: asCast,
  },
  DATETIME: {
    sql: 'DATETIME',
    synonyms: [],
    suffix: SPLIT_SUFFIX.time,
    wider: [],
    mixed: 'STRING',
    uses: ['cluster', 'partition', 'group'],
    json: 'datetime',
    proto: 'literal',
    asText: asCast,
  },
  TIME: {
    sql: 'TIME',
    synonyms: [],
    suffix: SPLIT_SUFFIX.time,
    wider: [],
    mixed: 'STRING',
    uses: ['group'],
    json: 'time',
    proto: 'literal',
    asText: asCast,
  },
  BYTES: {
    sql: 'BYTES',
    synonyms: [],
    suffix: SPLIT_SUFFIX.string,
    wider: [],
    mixed: undefined,
    uses: ['group'],
    json: 'none', // no JSON value is known to be bytes
    proto: 'bytes',
    asText: (sql) => `TO_BASE64(${sql})`,
  },
  JSON: {
    sql: 'JSON',
    synonyms: [],
    suffix: SPLIT_SUFFIX.untyped,
    wider: [],
    mixed: undefined,
    uses: [], // a number in JSON may be rounded, so `fractions` is not among them
    json: 'json',
    proto: 'json',
    // JSON_VALUE shows strings without their quotes, and is NULL for objects and lists
    asText: (sql) => `IF(${sql} IS NULL, NULL, COALESCE(JSON_VALUE(${sql}), TO_JSON_STRING(${sql})))`,
  },
  RECORD: {
    sql: 'STRUCT',
    synonyms: ['STRUCT'],
    suffix: SPLIT_SUFFIX.record,
    wider: [],
    mixed: undefined,
    uses: [],
    json: 'nested',
    proto: 'message',
    asText: asJson,
  },
};

/**
 * What this target knows of a type. A table that others made can have a column of a type that has no row, such as GEOGRAPHY:
 * it stays NULL in every row that is loaded.
 */
export function traitsOf(type: ColumnType): Traits {
  return Object.hasOwn(COLUMN_TYPES, type) ? COLUMN_TYPES[type] : unlisted(type);
}

function unlisted(type: ColumnType): Traits {
  return {
    sql: type,
    synonyms: [],
    suffix: '',
    wider: [],
    mixed: undefined,
    uses: [],
    json: 'none',
    proto: 'none',
    asText: asJson,
  };
}

const BY_SYNONYM: ReadonlyMap<string, ColumnType> = new Map(
  (Object.keys(COLUMN_TYPES) as ColumnType[]).flatMap((type) =>
    COLUMN_TYPES[type].synonyms.map((synonym) => [synonym, type] as const),
  ),
);

/** The type of a column by any of its names. A name that is not known is kept, since columns are sent back whole. */
export function typeNamed(name: string): ColumnType {
  return BY_SYNONYM.get(name) ?? (name as ColumnType);
}

/** Suffix of a split column: one for values that the other columns of a field do not hold. */
export function suffixOf({ type, mode }: Pick<Field, 'type' | 'mode'>): string {
  return mode === 'REPEATED' ? SPLIT_SUFFIX.array : traitsOf(type).suffix;
}

/** The number of columns as BigQuery counts them: a RECORD, and each field in it. */
export function countFields(fields: readonly Field[]): number {
  return fields.reduce((count, field) => count + 1 + countFields(field.fields ?? []), 0);
}

interface FlatColumn {
  /** Dotted. */
  readonly path: string;
  readonly field: Field;
}

/** All columns, the fields of each RECORD after it. */
export function flatColumns(fields: readonly Field[], prefix = ''): FlatColumn[] {
  return fields.flatMap((field) => {
    const path = prefix + field.name;
    return [{ path, field }, ...flatColumns(field.fields ?? [], `${path}.`)];
  });
}
