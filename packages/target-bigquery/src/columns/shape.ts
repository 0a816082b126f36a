import {
  bothSchemas,
  isObject,
  type JsonSchema,
  parseDecimal,
  scaleOf,
  schemaAt,
} from '@tap-webhooks/singer';
import { type ScalarType, traitsOf } from './types.js';

/** NUMERIC holds 29 digits before the point and 9 after it. */
const NUMERIC_LIMIT = 1e29;
const NUMERIC_SCALE = 9;
/** Both bounds are powers of two, so a double holds them. */
const INT64_MIN = -(2 ** 63);
const INT64_END = 2 ** 63;

/**
 * The type of text, by its `format`. Other formats stay text, also `time`: it has an offset (RFC 3339 §5.6, `12:00:00Z`), and
 * BigQuery's TIME has none.
 */
function textType({ format }: JsonSchema): ScalarType {
  switch (format) {
    case 'date-time':
      return 'TIMESTAMP';
    case 'date':
      return 'DATE';
    default:
      return 'STRING';
  }
}

/** INTEGER, unless the schema asks for numbers beyond 64 bits. */
function integerType(schema: JsonSchema): ScalarType {
  const isBeyond = bounds(schema).some((bound) => bound < INT64_MIN || bound > INT64_END);
  return isBeyond ? 'BIGNUMERIC' : 'INTEGER';
}

/** BIGNUMERIC, unless the schema bounds the number so that the cheaper NUMERIC holds every value of it. */
function numberType(schema: JsonSchema): ScalarType {
  const { multipleOf, minimum, maximum } = schema;
  const isBounded =
    typeof minimum === 'number' &&
    typeof maximum === 'number' &&
    minimum > -NUMERIC_LIMIT &&
    maximum < NUMERIC_LIMIT;
  const isCoarse =
    typeof multipleOf === 'number' &&
    multipleOf > 0 &&
    scaleOf(parseDecimal(String(multipleOf))) <= NUMERIC_SCALE;
  return isBounded && isCoarse ? 'NUMERIC' : 'BIGNUMERIC';
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): number[] {
  const all = [minimum, maximum, exclusiveMinimum, exclusiveMaximum];
  return all.filter((bound) => typeof bound === 'number');
}

/** What a JSON Schema says of a value, as far as columns care; null is always allowed. */
export type Shape =
  | { readonly kind: 'scalar'; readonly type: ScalarType }
  | { readonly kind: 'record'; readonly properties: readonly Property[] }
  | { readonly kind: 'array'; readonly items: Shape }
  /** Untyped, or of several types. */
  | { readonly kind: 'json' };

export interface Property {
  /** As the tap writes it. */
  readonly name: string;
  readonly shape: Shape;
  readonly description?: string;
}

const JSON_SHAPE: Shape = { kind: 'json' };

/** The schema that references point into, and the references that are being followed. */
interface Context {
  readonly root: JsonSchema;
  readonly following: readonly string[];
}

/**
 * The properties of a row, without those that are always null: these have no type, and get no column.
 * @param schema of the row (draft 4 to draft 2020-12, as taps write them), with every field among its `properties`.
 */
export function propertiesOf(schema: JsonSchema): Property[] {
  return properties(schema, { root: schema, following: [] });
}

function properties(schema: JsonSchema, context: Context): Property[] {
  const found: Property[] = [];
  for (const [name, value] of Object.entries(asSchema(schema.properties))) {
    const shape = shapeOf(value, context);
    if (shape === undefined) continue;
    const description = asSchema(value).description;
    found.push({
      name,
      shape,
      ...(typeof description === 'string' && description !== '' && { description }),
    });
  }
  return found;
}

/** Undefined when the value can only be null. */
function shapeOf(value: unknown, context: Context): Shape | undefined {
  const flat = isObject(value) ? flattened(value, context, new Set()) : undefined;
  if (flat === undefined) return JSON_SHAPE;
  const { schema } = flat;
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) {
    const { anyOf: _, oneOf: __, ...rest } = schema;
    return union(
      choices.map((choice) => shapeOf(isObject(choice) ? bothSchemas(choice, rest) : choice, flat.context)),
    );
  }
  return union(typesOf(schema).map((type) => typed(type, schema, flat.context)));
}

interface Flattened {
  readonly schema: JsonSchema;
  readonly context: Context;
}

/**
 * The schema with what its `$ref` and `allOf` say merged in.
 * @param merged references that were merged in already: once is enough.
 * @returns undefined when a reference names nothing here, or leads back to itself: the value may be anything then.
 */
function flattened(
  { $ref, allOf, ...rest }: JsonSchema,
  context: Context,
  merged: Set<string>,
): Flattened | undefined {
  let schema: JsonSchema = rest;
  let { following } = context;
  const parts = Array.isArray(allOf) ? allOf.filter(isObject) : [];
  for (const part of parts) {
    const flat = flattened(part, context, merged);
    if (flat === undefined) return undefined;
    schema = bothSchemas(schema, flat.schema);
    following = [...following, ...flat.context.following];
  }
  if (typeof $ref === 'string') {
    const flat = referenced($ref, context, merged);
    if (flat === undefined) return undefined;
    schema = bothSchemas(flat.schema, schema);
    following = [...following, ...flat.context.following];
  }
  return { schema, context: { ...context, following } };
}

function referenced(reference: string, context: Context, merged: Set<string>): Flattened | undefined {
  if (context.following.includes(reference)) return undefined;
  if (merged.has(reference)) return { schema: {}, context };
  merged.add(reference);
  const found = schemaAt(context.root, reference);
  const following = [...context.following, reference];
  return isObject(found) ? flattened(found, { ...context, following }, merged) : undefined;
}

/** One shape for values of any of some shapes. */
function union(shapes: ReadonlyArray<Shape | undefined>): Shape | undefined {
  let all: Shape | undefined;
  for (const shape of shapes) {
    if (shape === undefined) continue;
    all = all === undefined ? shape : common(all, shape);
  }
  return all;
}

function common(a: Shape, b: Shape): Shape {
  if (JSON.stringify(a) === JSON.stringify(b)) return a;
  if (a.kind !== 'scalar' || b.kind !== 'scalar') return JSON_SHAPE;
  const mixed = traitsOf(a.type).mixed;
  return mixed !== undefined && mixed === traitsOf(b.type).mixed
    ? { kind: 'scalar', type: mixed }
    : JSON_SHAPE;
}

function typed(type: unknown, schema: JsonSchema, context: Context): Shape | undefined {
  switch (type) {
    case 'null':
      return undefined;
    case 'string':
      return { kind: 'scalar', type: textType(schema) };
    case 'integer':
      return { kind: 'scalar', type: integerType(schema) };
    case 'number':
      return { kind: 'scalar', type: numberType(schema) };
    case 'boolean':
      return { kind: 'scalar', type: 'BOOLEAN' };
    case 'object':
      return objectShape(schema, context);
    case 'array':
      return { kind: 'array', items: itemsShape(schema, context) };
    default:
      return JSON_SHAPE;
  }
}

/** An object with free names is JSON, and so is one without fields: BigQuery has no RECORD without fields. */
function objectShape(schema: JsonSchema, context: Context): Shape {
  const isFreeForm = isObject(schema.additionalProperties) || isObject(schema.patternProperties);
  const found = isFreeForm ? [] : properties(schema, context);
  return found.length > 0 ? { kind: 'record', properties: found } : JSON_SHAPE;
}

/** Of a tuple (`prefixItems`, or a list of `items` before draft 2020-12) the items have one type only when all schemas say it. */
function itemsShape({ items, prefixItems }: JsonSchema, context: Context): Shape {
  const tuple = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : undefined;
  if (tuple === undefined) return shapeOf(items, context) ?? JSON_SHAPE;
  const all = isObject(items) ? [...tuple, items] : tuple;
  return union(all.map((item) => shapeOf(item, context))) ?? JSON_SHAPE;
}

/** The types of a schema. Without `type` its other keywords tell them, or nothing does. */
function typesOf({ type, properties, items, prefixItems, enum: values, const: only }: JsonSchema): unknown[] {
  if (Array.isArray(type)) return type.length > 0 ? type : [undefined];
  if (type !== undefined) return [type];
  if (Array.isArray(values) && values.length > 0) return values.map(typeOfValue);
  if (only !== undefined) return [typeOfValue(only)];
  if (isObject(properties)) return ['object'];
  return items === undefined && prefixItems === undefined ? [undefined] : ['array'];
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function asSchema(value: unknown): JsonSchema {
  return isObject(value) ? value : {};
}
