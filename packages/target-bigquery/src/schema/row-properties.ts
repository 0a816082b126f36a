import type { TableDefinition } from '@tap-webhooks/target-core';
import { type Field, typeOf } from './fields.js';
import type { SchemaSettings } from './plan.js';
import { type Property, propertiesOf } from './shape.js';
import { EXTRA, isSystemField } from './system-fields.js';

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
  return field !== undefined && typeOf(field) === 'JSON' && field.mode !== 'REPEATED';
}
