import { isObject, type JsonSchema } from './messages.js';

/**
 * The plain subset of JSON Schema: what our tap and most taps print. `plain-check.ts` checks records against it. Nothing in it
 * refers to another place of the schema, so the levels of a schema bound the recursion of a check.
 */

/** Keywords that a plain schema does not have. Keywords that are in no list restrict nothing. */
const ADVANCED = new Set([
  ...['$ref', 'additionalItems', 'contains', 'dependencies', 'if', 'not', 'pattern', 'patternProperties'],
  ...['propertyNames', 'uniqueItems'],
]);
/** Keywords whose value is a schema or a list of schemas. */
const NESTED = ['additionalProperties', 'allOf', 'anyOf', 'items', 'oneOf'];

/** The types of JSON Schema as bits. A whole number is `integer | number`. */
export const TYPE = {
  null: 1,
  boolean: 2,
  integer: 4,
  number: 8,
  string: 16,
  array: 32,
  object: 64,
} as const;
const ANY_TYPE = 127;

/** A schema, prepared to be checked. Absent members restrict nothing. */
export interface Rules {
  /** Bits of `TYPE`. */
  readonly types: number;
  /** The types as the schema lists them, for the sentence. */
  readonly typeNames: string;
  /** Of `const` and `enum`: scalars. */
  readonly constant: { readonly value: unknown } | undefined;
  readonly values: ReadonlySet<unknown> | undefined;
  readonly limits: readonly Limit[] | undefined;
  readonly length: Range | undefined;
  readonly combined: Combined | undefined;
  readonly array: ArrayRules | undefined;
  readonly object: ObjectRules | undefined;
}

/** A limit of a number. */
export interface Limit {
  readonly comparison: '>=' | '<=' | '>' | '<';
  readonly bound: number;
}

/** How many characters, items or members. */
export interface Range {
  readonly most: number;
  readonly least: number;
}

export interface Combined {
  readonly anyOf: readonly Rules[] | undefined;
  readonly oneOf: readonly Rules[] | undefined;
  readonly allOf: readonly Rules[] | undefined;
}

export interface ArrayRules {
  readonly count: Range | undefined;
  readonly items: Rules | undefined;
}

export interface ObjectRules {
  readonly count: Range | undefined;
  readonly required: readonly string[];
  readonly properties: ReadonlyMap<string, Rules>;
  /** Of members that `properties` does not name. */
  readonly others: Rules | undefined;
}

const ANYTHING: Rules = {
  types: ANY_TYPE,
  typeNames: '',
  constant: undefined,
  values: undefined,
  limits: undefined,
  length: undefined,
  combined: undefined,
  array: undefined,
  object: undefined,
};
/** The rules of the schema `false`. */
export const NOTHING: Rules = { ...ANYTHING, types: 0 };

/**
 * Prepares a schema for `problemOf`; undefined when it is not plain.
 * @param schema as `normalizeSchema` returns it.
 */
export function plainRules(schema: JsonSchema): Rules | undefined {
  return isPlain(schema) ? rulesOf(schema) : undefined;
}

function isPlain(schema: unknown): boolean {
  if (!isObject(schema)) return typeof schema === 'boolean';
  for (const keyword of Object.keys(schema)) if (ADVANCED.has(keyword)) return false;
  if (Array.isArray(schema.items) || !isScalar(schema.const)) return false;
  if (Array.isArray(schema.enum) && !schema.enum.every(isScalar)) return false;
  for (const keyword of NESTED) {
    const value = schema[keyword];
    if (value !== undefined && !(Array.isArray(value) ? value.every(isPlain) : isPlain(value))) return false;
  }
  return !isObject(schema.properties) || Object.values(schema.properties).every(isPlain);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function rulesOf(schema: unknown): Rules {
  if (!isObject(schema)) return schema === false ? NOTHING : ANYTHING;
  const types = schema.type as readonly (keyof typeof TYPE)[] | undefined;
  return {
    types: types?.reduce((bits, type) => bits | TYPE[type], 0) ?? ANY_TYPE,
    typeNames: types?.join(',') ?? '',
    constant: schema.const === undefined ? undefined : { value: schema.const },
    values: schema.enum === undefined ? undefined : new Set(schema.enum as unknown[]),
    limits: limitsOf(schema),
    length: rangeOf(schema.maxLength, schema.minLength),
    combined: combinedOf(schema),
    array: arrayRulesOf(schema),
    object: objectRulesOf(schema),
  };
}

function limitsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): Limit[] | undefined {
  const limits: Limit[] = [];
  if (maximum !== undefined) limits.push({ comparison: '<=', bound: maximum as number });
  if (minimum !== undefined) limits.push({ comparison: '>=', bound: minimum as number });
  if (exclusiveMaximum !== undefined) limits.push({ comparison: '<', bound: exclusiveMaximum as number });
  if (exclusiveMinimum !== undefined) limits.push({ comparison: '>', bound: exclusiveMinimum as number });
  return limits.length > 0 ? limits : undefined;
}

function rangeOf(most: unknown, least: unknown): Range | undefined {
  if (most === undefined && least === undefined) return undefined;
  return { most: (most as number | undefined) ?? Number.POSITIVE_INFINITY, least: (least as number) ?? 0 };
}

function combinedOf({ anyOf, oneOf, allOf }: JsonSchema): Combined | undefined {
  if (anyOf === undefined && oneOf === undefined && allOf === undefined) return undefined;
  return { anyOf: listOf(anyOf), oneOf: listOf(oneOf), allOf: listOf(allOf) };
}

function listOf(schemas: unknown): Rules[] | undefined {
  return Array.isArray(schemas) ? schemas.map(rulesOf) : undefined;
}

function arrayRulesOf({ items, maxItems, minItems }: JsonSchema): ArrayRules | undefined {
  const count = rangeOf(maxItems, minItems);
  if (items === undefined && count === undefined) return undefined;
  return { count, items: items === undefined ? undefined : rulesOf(items) };
}

function objectRulesOf(schema: JsonSchema): ObjectRules | undefined {
  const { properties, required, additionalProperties, maxProperties, minProperties } = schema;
  const count = rangeOf(maxProperties, minProperties);
  if (
    properties === undefined &&
    required === undefined &&
    additionalProperties === undefined &&
    count === undefined
  )
    return undefined;
  const named = Object.entries(isObject(properties) ? properties : {});
  return {
    count,
    required: (required as string[] | undefined) ?? [],
    properties: new Map(named.map(([name, value]) => [name, rulesOf(value)])),
    others: additionalProperties === undefined ? undefined : rulesOf(additionalProperties),
  };
}
