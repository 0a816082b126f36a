import { type LinearPattern, linearPattern } from './linear-pattern.js';
import { isObject, type JsonSchema } from './messages.js';

/**
 * The plain subset of JSON Schema: what our tap and most taps print. `plain-check.ts` checks records against it. Parts of a
 * schema that are not plain are judged by ajv.
 */

/** Keywords that a plain schema does not have. Keywords that are in no list restrict nothing. */
const ADVANCED = new Set([
  ...['additionalItems', 'contains', 'dependencies', 'if', 'not', 'patternProperties', 'propertyNames'],
  'uniqueItems',
]);

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

/** A rule that a value breaks. */
export interface Problem {
  /** JSON Pointer to the value (RFC 6901), from the value that was checked. */
  path: string;
  /** In the words of ajv. */
  readonly message: string;
}

/** Judges a value by a part of a schema that is not plain. */
export type Judge = (value: unknown) => Problem | undefined;

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
  readonly pattern: LinearPattern | undefined;
  /** Of `$ref`. It may lead back to where it is. */
  readonly reference: Reference | undefined;
  readonly combined: Combined | undefined;
  readonly array: ArrayRules | undefined;
  readonly object: ObjectRules | undefined;
  /** In place of everything else. */
  readonly judge: Judge | undefined;
}

export interface Reference {
  readonly rules: Rules;
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
  pattern: undefined,
  reference: undefined,
  combined: undefined,
  array: undefined,
  object: undefined,
  judge: undefined,
};
/** The rules of the schema `false`. */
export const NOTHING: Rules = { ...ANYTHING, types: 0 };

/** What `rulesOf` leaves to others. */
export interface PlanHelpers {
  /** Prepares a part that is not plain, or the whole schema. */
  judgeOf(part: JsonSchema): Judge;
  /** Does what `normalizeSchema` did, to a part that a `$ref` leads to: it may be in a place that holds no schemas. */
  normalize(part: JsonSchema): JsonSchema;
}

/**
 * Prepares a schema for `problemOf`.
 * @param schema as `normalizeSchema` returns it.
 */
export function rulesOf(schema: JsonSchema, helpers: PlanHelpers): Rules {
  if (canBeSplit(schema, schema)) return new Planner(schema, helpers).rules(schema);
  return { ...ANYTHING, judge: helpers.judgeOf(schema) };
}

/** False when a reference leads to no part of the schema, or when a part that is not plain has one: ajv needs the whole then. */
function canBeSplit(value: unknown, root: JsonSchema): boolean {
  if (Array.isArray(value)) return value.every((item) => canBeSplit(item, root));
  if (!isObject(value)) return true;
  if (typeof value.$ref === 'string' && !isSchema(target(root, value.$ref))) return false;
  if (!isPlain(value) && hasReference(value)) return false;
  return Object.values(value).every((inner) => canBeSplit(inner, root));
}

function hasReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReference);
  return isObject(value) && (typeof value.$ref === 'string' || Object.values(value).some(hasReference));
}

function isSchema(value: unknown): value is JsonSchema | boolean {
  return isObject(value) || typeof value === 'boolean';
}

/** What a JSON Pointer in a fragment leads to (RFC 6901 §6); undefined for every other reference, and when nothing is there. */
function target(root: JsonSchema, reference: string): unknown {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let found: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const name = decoded(step)?.replaceAll('~1', '/').replaceAll('~0', '~');
    if (name === undefined || typeof found !== 'object' || found === null) return undefined;
    found = Object.hasOwn(found, name) ? (found as JsonSchema)[name] : undefined;
  }
  return found;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isPlain(schema: JsonSchema): boolean {
  for (const keyword of Object.keys(schema)) if (ADVANCED.has(keyword)) return false;
  if (Array.isArray(schema.items) || !isScalar(schema.const)) return false;
  return !Array.isArray(schema.enum) || schema.enum.every(isScalar);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

class Planner {
  readonly #root: JsonSchema;
  readonly #helpers: PlanHelpers;
  readonly #references = new Map<string, { rules: Rules }>();

  constructor(root: JsonSchema, helpers: PlanHelpers) {
    this.#root = root;
    this.#helpers = helpers;
  }

  rules(schema: unknown): Rules {
    if (!isObject(schema)) return schema === false ? NOTHING : ANYTHING;
    if (!isPlain(schema)) return { ...ANYTHING, judge: this.#helpers.judgeOf(schema) };
    const types = schema.type as readonly (keyof typeof TYPE)[] | undefined;
    return {
      types: types?.reduce((bits, type) => bits | TYPE[type], 0) ?? ANY_TYPE,
      typeNames: types?.join(',') ?? '',
      constant: schema.const === undefined ? undefined : { value: schema.const },
      values: schema.enum === undefined ? undefined : new Set(schema.enum as unknown[]),
      limits: limitsOf(schema),
      length: rangeOf(schema.maxLength, schema.minLength),
      pattern: schema.pattern === undefined ? undefined : linearPattern(schema.pattern as string),
      reference: typeof schema.$ref === 'string' ? this.#reference(schema.$ref) : undefined,
      combined: this.#combined(schema),
      array: this.#array(schema),
      object: this.#object(schema),
      judge: undefined,
    };
  }

  #reference(pointer: string): Reference {
    const known = this.#references.get(pointer);
    if (known) return known;
    const reference = { rules: ANYTHING };
    this.#references.set(pointer, reference); // before the rules are made, which may refer to it again
    const part = target(this.#root, pointer);
    reference.rules = this.rules(isObject(part) ? this.#helpers.normalize(part) : part);
    return reference;
  }

  #combined({ anyOf, oneOf, allOf }: JsonSchema): Combined | undefined {
    if (anyOf === undefined && oneOf === undefined && allOf === undefined) return undefined;
    return { anyOf: this.#list(anyOf), oneOf: this.#list(oneOf), allOf: this.#list(allOf) };
  }

  #list(schemas: unknown): Rules[] | undefined {
    return Array.isArray(schemas) ? schemas.map((schema) => this.rules(schema)) : undefined;
  }

  #array({ items, maxItems, minItems }: JsonSchema): ArrayRules | undefined {
    const count = rangeOf(maxItems, minItems);
    if (items === undefined && count === undefined) return undefined;
    return { count, items: items === undefined ? undefined : this.rules(items) };
  }

  #object(schema: JsonSchema): ObjectRules | undefined {
    const { properties, required, additionalProperties: others, maxProperties, minProperties } = schema;
    const count = rangeOf(maxProperties, minProperties);
    const isFree = properties === undefined && required === undefined && others === undefined;
    if (isFree && count === undefined) return undefined;
    const named = Object.entries(isObject(properties) ? properties : {});
    return {
      count,
      required: (required as string[] | undefined) ?? [],
      properties: new Map(named.map(([name, value]) => [name, this.rules(value)])),
      others: others === undefined ? undefined : this.rules(others),
    };
  }
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
