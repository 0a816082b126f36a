import type { JsonSchema } from '@tap-webhooks/singer';
import { ArrayColumn, type Column, ObjectColumn, ScalarColumn, UntypedColumn } from './columns.js';
import type { ScalarType } from './values.js';

/** How the properties of a schema become columns. */
export interface Naming {
  /** The column of a property. */
  readonly rename: (property: string) => string;
  /** Columns of the key, at the top: never null, so they stay as strict as the schema has them. */
  readonly keys: ReadonlySet<string>;
}

/** With these a schema can say what no single type does. */
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
/** Rules about which members an object has: they would refuse the rows of a shape that grows, splits and renames. */
const ABOUT_MEMBERS = [
  ...['properties', 'required', 'additionalProperties', 'patternProperties', 'unevaluatedProperties'],
  ...['propertyNames', 'minProperties', 'maxProperties'],
  ...['dependencies', 'dependentRequired', 'dependentSchemas'],
];
const SCALARS: ReadonlySet<unknown> = new Set(['integer', 'number', 'string', 'boolean']);
const NO_KEYS: ReadonlySet<string> = new Set();

/**
 * The columns of a payload. Composites at the top say nothing of columns, and are left out; so is what a schema that was
 * copied from this tap's catalog says of the tap's own doings.
 */
export function objectFromSchema(schema: JsonSchema, naming: Naming): ObjectColumn {
  const ownWords = Object.keys(schema).filter((keyword) => keyword.startsWith('x-sdc-'));
  const object = new ObjectColumn(without(schema, ['type', ...ABOUT_MEMBERS, ...COMPOSITE, ...ownWords]));
  defineColumns(object, schema, naming);
  return object;
}

/**
 * Undefined when the schema stands for no column (nothing fits it, or null alone). What is not plain (a composite, several
 * types, none) becomes a column of no type.
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
  return new ArrayColumn(items, without(withNullValue(schema), ['type', 'items']));
}

function fromObject(schema: JsonSchema, naming: Naming): Column {
  if (isMap(schema)) return new UntypedColumn(nullable(schema, 'object'), 'object');
  const object = new ObjectColumn(without(withNullValue(schema), ['type', ...ABOUT_MEMBERS]));
  defineColumns(object, schema, { ...naming, keys: NO_KEYS });
  return object;
}

function defineColumns(object: ObjectColumn, schema: JsonSchema, { rename, keys }: Naming): void {
  if (!isObject(schema.properties)) return;
  for (const [property, inner] of Object.entries(schema.properties)) {
    const name = rename(property);
    const column = fromSchema(inner, { rename, keys }, keys.has(name));
    if (column) object.define(name, column);
  }
}

/** Names that are data: no property is named, others are expressly allowed. */
function isMap({ properties, additionalProperties, patternProperties }: JsonSchema): boolean {
  if (isObject(properties) && Object.keys(properties).length > 0) return false;
  return additionalProperties === true || isObject(additionalProperties) || isObject(patternProperties);
}

/** Are all values that the schema lists of its type? */
function hasValuesOf(schema: JsonSchema, type: unknown): boolean {
  const kind = type === 'integer' ? 'number' : type;
  return listedValues(schema).every((value) => value === null || typeof value === kind);
}

function listedValues(schema: JsonSchema): unknown[] {
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : [];
}

/** Null fits every column: a list of values must not forbid it. */
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

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
