import { COLUMN, isSystemName, latestByOf, latestByPaths, REJECTED_TABLE } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { FieldColumns } from './field-columns.js';
import { type Property, propertiesOf } from './shape.js';
import type { ColumnType, Field } from './types.js';

/** The settings that decide on columns, by their names in the config. */
export interface SchemaSettings {
  /** The whole payload goes into one JSON column `payload`. */
  readonly raw: boolean;
  /** Items of arrays become records with one field `value`, as Stitch's are. */
  readonly array_value_wrapping: boolean;
  /** Unit in which `_sdc_sequence` is loaded: milliseconds as it comes, or Stitch's, a millionth of that. */
  readonly sequence_unit?: 'ms' | 'stitch';
}

/**
 * Dotted paths of the fields that decide which rows are versions of one thing: the key, and what `x-sdc-latest-by` names.
 * System columns are left out: each has one type.
 */
export function keyPaths({ schema, keyProperties }: TableDefinition): ReadonlySet<string> {
  const latestBy = latestByOf(schema);
  const paths = keyProperties.filter((name) => !isSystemName(name));
  return new Set(latestBy === undefined ? paths : [...paths, ...latestByPaths(latestBy)]);
}

/** Types of the system columns that our queries rely on, in every stream that has them. */
const SYSTEM_TYPES: { readonly [name: string]: ColumnType } = {
  [COLUMN.receivedAt]: 'TIMESTAMP',
  [COLUMN.batchedAt]: 'TIMESTAMP',
  [COLUMN.sequence]: 'INTEGER',
  [COLUMN.tableVersion]: 'INTEGER',
  [COLUMN.generatedKey]: 'STRING',
};
/** Types of the identity columns, which mean nothing in a stream that is not marked. */
const IDENTITY_TYPES: { readonly [name: string]: ColumnType } = {
  [COLUMN.inbox]: 'STRING',
  [COLUMN.position]: 'INTEGER',
};

/**
 * Sentences about existing columns that cannot hold what the fence, the view or a reader relies on.
 * @param names of the fields in the schema.
 */
export function systemProblems(
  { hasIdentity }: TableDefinition,
  names: readonly string[],
  byField: FieldColumns,
): string[] {
  const types = hasIdentity ? { ...SYSTEM_TYPES, ...IDENTITY_TYPES } : SYSTEM_TYPES;
  const problems: string[] = [];
  for (const name of names) {
    const wanted = Object.hasOwn(types, name) ? types[name] : undefined;
    const column = byField.get(name)?.[0];
    if (wanted === undefined || column === undefined) continue;
    if (column.type === wanted && column.mode !== 'REPEATED') continue;
    const found = column.mode === 'REPEATED' ? `REPEATED ${column.type}` : column.type;
    problems.push(`Column \`${column.name}\` is ${found}, and has to be ${wanted}.`);
  }
  return problems;
}

const PAYLOAD = 'payload';
/** Column in which z3z1ma's target-bigquery keeps the record. */
const PEER_PAYLOAD = 'data';

/** The field for everything that has no column of its own. */
export interface Rest {
  readonly name: string;
  /** It is the payload itself (`raw`). */
  readonly isPayload: boolean;
  /** Key fields are in the payload too, as in the existing rows. */
  readonly copiesKeys: boolean;
}

export interface RowProperties {
  /** Fields of a row that get columns. */
  readonly properties: readonly Property[];
  readonly rest: Rest | undefined;
}

/** Decides which fields of a row get columns. */
export function rowProperties(
  definition: TableDefinition,
  existing: readonly Field[],
  settings: SchemaSettings,
): RowProperties {
  const properties = propertiesOf(definition.schema);
  if (definition.tableName === REJECTED_TABLE) return { properties, rest: undefined };
  if (settings.raw) return rawProperties(definition, existing, properties);
  // Also where the schema allows no other fields: a value of a known one may be too large for its column.
  const rest: Rest = { name: COLUMN.extra, isPayload: false, copiesKeys: false };
  const others = properties.filter(({ name }) => name !== COLUMN.extra);
  return { properties: [...others, jsonProperty(COLUMN.extra, 'Fields that no other column holds.')], rest };
}

/** System columns, keys, and one column for everything. */
function rawProperties(
  { keyProperties }: TableDefinition,
  existing: readonly Field[],
  properties: readonly Property[],
): RowProperties {
  const own = properties.filter(({ name }) => isSystemName(name) || keyProperties.includes(name));
  const payload = keyProperties.includes(PAYLOAD) ? `_${PAYLOAD}` : PAYLOAD;
  const isPeers = !named(existing, payload) && isJson(named(existing, PEER_PAYLOAD));
  const name = isPeers && !keyProperties.includes(PEER_PAYLOAD) ? PEER_PAYLOAD : payload;
  const rest: Rest = { name, isPayload: true, copiesKeys: name === PEER_PAYLOAD };
  return { properties: [...own, jsonProperty(name, 'The payload.')], rest };
}

function jsonProperty(name: string, description: string): Property {
  return { name, shape: { kind: 'json' }, description };
}

function named(fields: readonly Field[], name: string): Field | undefined {
  return fields.find((field) => field.name.toLowerCase() === name);
}

function isJson(field: Field | undefined): boolean {
  return field !== undefined && field.type === 'JSON' && field.mode !== 'REPEATED';
}
