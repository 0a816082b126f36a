import { isContractKeyword, isObject, type JsonSchema } from '@tap-webhooks/singer';
import { ArrayColumn } from './array-column.js';
import type { Column } from './column.js';
import { ScalarColumn, UntypedColumn } from './leaf-columns.js';
import { ObjectColumn } from './object-column.js';
import { innerPathBytes } from './size.js';
import type { ScalarType } from './values.js';

/** How the properties of a schema become columns. */
export interface Naming {
  /** Returns the column's name for a property. */
  readonly rename: (property: string) => string;
  /** Bytes of the path to the members, as `innerPathBytes` returns it; 0 for the row. */
  readonly pathBytes: number;
  /** Top-level columns of the key. They are never null, so they stay as strict as the schema makes them. */
  readonly keys: ReadonlySet<string>;
  /** True for a schema of the config or a provider; false for what events have made. */
  readonly isGiven: boolean;
}

/** Keywords by which a schema can say what no single type expresses. */
const COMPOSITE = [
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
];
/** Rules about the members of an object. They would refuse rows once columns are added, split or renamed. */
const ABOUT_MEMBERS = [
  ...['properties', 'required', 'additionalProperties', 'patternProperties', 'unevaluatedProperties'],
  ...['propertyNames', 'minProperties', 'maxProperties'],
  ...['dependencies', 'dependentRequired', 'dependentSchemas'],
];
const SCALARS: ReadonlySet<unknown> = new Set(['integer', 'number', 'string', 'boolean']);
const NO_KEYS: ReadonlySet<string> = new Set();

/**
 * Returns the columns of a payload. Composite keywords at the top describe no column and are left out. So are the tap's own
 * `x-sdc-` keywords, which a schema has that was copied from this tap's catalog.
 */
export function objectFromSchema(schema: JsonSchema, naming: Naming): ObjectColumn {
  const ownWords = Object.keys(schema).filter(isContractKeyword);
  const object = new ObjectColumn(
    naming.pathBytes,
    without(schema, ['type', ...ABOUT_MEMBERS, ...COMPOSITE, ...ownWords]),
  );
  defineColumns(object, schema, naming);
  return object;
}

/**
 * Returns the column of a property; undefined when nothing but null can fit the schema. A schema with composite keywords or
 * several types gives a column without a type.
 */
function fromSchema(schema: unknown, naming: Naming, isKey: boolean): Column | undefined {
  if (schema === true) return new UntypedColumn();
  if (!isObject(schema)) return undefined;
  if (COMPOSITE.some((keyword) => Object.hasOwn(schema, keyword))) return new UntypedColumn(schema);
  const types = [schema.type].flat().filter((type) => type !== 'null');
  if (types.length === 0) return undefined;
  const [type] = types;
  if (types.length > 1 || !hasValuesOf(schema, type)) return new UntypedColumn(schema);
  if (type === 'object') return fromObject(schema, naming);
  if (type === 'array') return fromArray(schema, naming);
  return SCALARS.has(type) ? fromScalar(schema, type as ScalarType, isKey) : new UntypedColumn(schema);
}

function fromScalar(schema: JsonSchema, type: ScalarType, isKey: boolean): Column {
  const isNullable = !isKey || [schema.type].flat().includes('null');
  const keywords = without(isNullable ? withNullValue(schema) : schema, ['type']);
  const isMoment = type === 'string' && schema.format === 'date-time';
  return new ScalarColumn(isMoment ? 'date-time' : type, isNullable, keywords);
}

function fromArray(schema: JsonSchema, naming: Naming): Column {
  if (Array.isArray(schema.items) || schema.items === false || schema.prefixItems !== undefined) {
    return new UntypedColumn(nullable(schema, 'array'), 'array');
  }
  const items = fromSchema(schema.items, { ...naming, keys: NO_KEYS }, false);
  return new ArrayColumn(naming.pathBytes, items, without(withNullValue(schema), ['type', 'items']));
}

function fromObject(schema: JsonSchema, naming: Naming): Column {
  if (isMap(schema)) return new UntypedColumn(nullable(schema, 'object'), 'object');
  const object = new ObjectColumn(
    naming.pathBytes,
    without(withNullValue(schema), ['type', ...ABOUT_MEMBERS]),
  );
  defineColumns(object, schema, { ...naming, keys: NO_KEYS });
  return object;
}

function defineColumns(object: ObjectColumn, schema: JsonSchema, naming: Naming): void {
  const { rename, keys, isGiven } = naming;
  if (!isObject(schema.properties)) return;
  for (const [property, inner] of Object.entries(schema.properties)) {
    const name = rename(property);
    const pathBytes = innerPathBytes(name, naming.pathBytes);
    const column = fromSchema(inner, { rename, keys, isGiven, pathBytes }, keys.has(name));
    if (column) object.define(name, column, isGiven);
  }
}

/** True when the member names are data: the schema names no property and expressly allows others. */
function isMap({ properties, additionalProperties, patternProperties }: JsonSchema): boolean {
  if (isObject(properties) && Object.keys(properties).length > 0) return false;
  return additionalProperties === true || isObject(additionalProperties) || isObject(patternProperties);
}

/** True when all values that the schema lists have its type. */
function hasValuesOf(schema: JsonSchema, type: unknown): boolean {
  const kind = type === 'integer' ? 'number' : type;
  return listedValues(schema).every((value) => value === null || typeof value === kind);
}

function listedValues(schema: JsonSchema): unknown[] {
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : [];
}

/** Returns the schema with null among its listed values, since null fits every column. */
function withNullValue(schema: JsonSchema): JsonSchema {
  const values = listedValues(schema);
  if (values.length === 0 || (values.includes(null) && !Object.hasOwn(schema, 'const'))) return schema;
  return { ...without(schema, ['const']), enum: [...new Set([...values, null])] };
}

function nullable(schema: JsonSchema, type: string): JsonSchema {
  return { ...withNullValue(schema), type: ['null', type] };
}

function without(schema: JsonSchema, keywords: readonly string[]): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));
}
