import { COLUMN, isSystemName, latestByOf, latestByPaths, REJECTED_TABLE } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { Families } from './names.js';
import type { SchemaSettings } from './plan.js';
import { type Property, propertiesOf } from './shape.js';
import type { ColumnType, Field } from './types.js';

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
 * Columns that exist and cannot hold what the fence, the view or a reader counts on.
 * @param names of the fields in the schema.
 */
export function systemProblems(
  { hasIdentity }: TableDefinition,
  names: readonly string[],
  families: Families,
): string[] {
  const types = hasIdentity ? { ...SYSTEM_TYPES, ...IDENTITY_TYPES } : SYSTEM_TYPES;
  const problems: string[] = [];
  for (const name of names) {
    const wanted = Object.hasOwn(types, name) ? types[name] : undefined;
    const field = families.get(name)?.[0];
    if (wanted === undefined || field === undefined) continue;
    if (field.type === wanted && field.mode !== 'REPEATED') continue;
    const found = field.mode === 'REPEATED' ? `REPEATED ${field.type}` : field.type;
    problems.push(`Column \`${field.name}\` is ${found}, and has to be ${wanted}.`);
  }
  return problems;
}

const PAYLOAD = 'payload';
/** Where z3z1ma's target-bigquery keeps the record. */
const PEER_PAYLOAD = 'data';

/** The field that stands for what has no column of its own. */
export interface Rest {
  readonly name: string;
  /** It is the payload itself (`raw`). */
  readonly isPayload: boolean;
  /** Key fields stand in the payload too, as in the rows that are there already. */
  readonly copiesKeys: boolean;
}

/** Fields of a row that get columns. */
export interface RowProperties {
  readonly properties: readonly Property[];
  readonly rest: Rest | undefined;
}

export function rowProperties(
  definition: TableDefinition,
  existing: readonly Field[],
  settings: SchemaSettings,
): RowProperties {
  const properties = propertiesOf(definition.schema);
  if (definition.tableName === REJECTED_TABLE) return { properties, rest: undefined };
  if (settings.raw) return rawProperties(definition, existing, properties);
  // Where the schema allows no other fields too: a value of a known one may be beyond its column, as an integer of 70 bits.
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
