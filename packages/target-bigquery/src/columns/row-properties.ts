import type { TableDefinition } from '@tap-webhooks/target-core';
import type { Families } from './names.js';
import type { SchemaSettings } from './plan.js';
import { type Property, propertiesOf } from './shape.js';
import type { ColumnType, Field } from './types.js';

/**
 * Dotted paths of the fields that tell what a row is a version of: its key, and what `x-sdc-latest-by` names (a path, or
 * `{column, paths: {value of the column: path}}`). Not those that are ours: they have one type.
 */
export function keyPaths({ schema, keyProperties }: TableDefinition): ReadonlySet<string> {
  const paths = keyProperties.filter((name) => !isSystemField(name));
  const latestBy = schema['x-sdc-latest-by'];
  if (typeof latestBy === 'string') paths.push(latestBy);
  else if (typeof latestBy === 'object' && latestBy !== null) {
    const { column, paths: byValue } = latestBy as { column?: unknown; paths?: unknown };
    if (typeof column === 'string') paths.push(column);
    for (const path of Object.values(byValue ?? {})) if (typeof path === 'string') paths.push(path);
  }
  return new Set(paths);
}

/** Column for what no other column holds. */
export const EXTRA = '_sdc_extra';

/** Columns that queries of ours rely on, in every stream that has them. */
const TYPES: { readonly [name: string]: ColumnType } = {
  _sdc_received_at: 'TIMESTAMP',
  _sdc_batched_at: 'TIMESTAMP',
  _sdc_sequence: 'INTEGER',
  _sdc_table_version: 'INTEGER',
  __sdc_primary_key: 'STRING',
};
/** They mean nothing in a stream that does not promise so. */
const IDENTITY: { readonly [name: string]: ColumnType } = {
  _sdc_inbox: 'STRING',
  _sdc_position: 'INTEGER',
};

/** Names that are Stitch's, the SDK's or ours: they are columns even where a payload is loaded raw. */
export function isSystemField(name: string): boolean {
  return /^__?sdc_/.test(name);
}

/**
 * Columns that exist and cannot hold what the fence, the view or a reader counts on.
 * @param names of the fields in the schema.
 */
export function systemProblems(
  { hasIdentity }: TableDefinition,
  names: readonly string[],
  families: Families,
): string[] {
  const types = hasIdentity ? { ...TYPES, ...IDENTITY } : TYPES;
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
/** Its schema is ours and does not change. */
const REJECTED_TABLE = '_sdc_rejected';

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
  const rest: Rest = { name: EXTRA, isPayload: false, copiesKeys: false };
  const others = properties.filter(({ name }) => name !== EXTRA);
  return { properties: [...others, jsonProperty(EXTRA, 'Fields that no other column holds.')], rest };
}

/** System columns, keys, and one column for everything. */
function rawProperties(
  { keyProperties }: TableDefinition,
  existing: readonly Field[],
  properties: readonly Property[],
): RowProperties {
  const own = properties.filter(({ name }) => isSystemField(name) || keyProperties.includes(name));
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
