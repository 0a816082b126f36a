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

/** A schema, prepared to be checked. */
export interface Rules {
  /** Bits of `TYPE`. */
  readonly types: number;
  /** The types as the schema lists them, for the sentence. */
  readonly typeNames: string;
  /** Most columns have none. */
  readonly more: MoreRules | undefined;
}

/** Rules beside the type. Absent members restrict nothing. */
export interface MoreRules {
  /** Of `const` and `enum`: scalars. */
  readonly constant?: { readonly value: unknown };
  readonly values?: ReadonlySet<unknown>;
  readonly limits?: readonly Limit[];
  readonly length?: Range;
  readonly pattern?: LinearPattern;
  /** Of `$ref`. It may lead back to where it is. */
  readonly reference?: Reference;
  readonly combined?: Combined;
  readonly array?: ArrayRules;
  readonly object?: ObjectRules;
  /** In place of everything else. */
  readonly judge?: Judge;
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
  readonly count?: Range;
  readonly items: Rules | undefined;
}

export interface ObjectRules {
  readonly count?: Range;
  readonly required: readonly string[];
  readonly properties: ReadonlyMap<string, Rules>;
  /** Of members that `properties` does not name. */
  readonly others: Rules | undefined;
}

const ANYTHING: Rules = { types: ANY_TYPE, typeNames: '', more: undefined };
/** The rules of the schema `false`. */
export const NOTHING: Rules = { types: 0, typeNames: '', more: undefined };

/** Rules of parts that refer to nothing outside themselves: the next SCHEMA of a stream shares most of its parts. */
const KNOWN = new WeakMap<object, Rules>();

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
  return judged(helpers.judgeOf(schema));
}

/** False when a reference leads to no part of the schema, or when a part that is not plain has one: ajv needs the whole then. */
function canBeSplit(value: unknown, root: JsonSchema): boolean {
  if (Array.isArray(value)) return value.every((item) => canBeSplit(item, root));
  if (!isObject(value) || KNOWN.has(value)) return true;
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
  /** How many references have been followed so far. */
  #followed = 0;

  constructor(root: JsonSchema, helpers: PlanHelpers) {
    this.#root = root;
    this.#helpers = helpers;
  }

  rules(schema: unknown): Rules {
    if (!isObject(schema)) return schema === false ? NOTHING : ANYTHING;
    const known = KNOWN.get(schema);
    if (known) return known;
    const followed = this.#followed;
    const rules = this.#rulesAnew(schema);
    if (this.#followed === followed) KNOWN.set(schema, rules);
    return rules;
  }

  #rulesAnew(schema: JsonSchema): Rules {
    if (!isPlain(schema)) return judged(this.#helpers.judgeOf(schema));
    const types = schema.type as readonly (keyof typeof TYPE)[] | undefined;
    return {
      types: types?.reduce((bits, type) => bits | TYPE[type], 0) ?? ANY_TYPE,
      typeNames: types?.join(',') ?? '',
      // most columns have a type only
      more: types && Object.keys(schema).length === 1 ? undefined : this.#more(schema),
    };
  }

  #more(schema: JsonSchema): MoreRules | undefined {
    const { const: constant, enum: values, pattern, $ref: reference } = schema;
    const more = {
      ...(constant !== undefined && { constant: { value: constant } }),
      ...(values !== undefined && { values: new Set(values as unknown[]) }),
      ...limitsOf(schema),
      ...rangeOf('length', schema.maxLength, schema.minLength),
      ...(pattern !== undefined && { pattern: linearPattern(pattern as string) as LinearPattern }),
      ...(typeof reference === 'string' && { reference: this.#reference(reference) }),
      ...this.#combined(schema),
      ...this.#array(schema),
      ...this.#object(schema),
    };
    return Object.keys(more).length > 0 ? more : undefined;
  }

  #reference(pointer: string): Reference {
    this.#followed += 1;
    const known = this.#references.get(pointer);
    if (known) return known;
    const reference = { rules: ANYTHING };
    this.#references.set(pointer, reference); // before the rules are made, which may refer to it again
    const part = target(this.#root, pointer);
    reference.rules = this.rules(isObject(part) ? this.#helpers.normalize(part) : part);
    return reference;
  }

  #combined({ anyOf, oneOf, allOf }: JsonSchema): MoreRules {
    if (anyOf === undefined && oneOf === undefined && allOf === undefined) return {};
    return { combined: { anyOf: this.#list(anyOf), oneOf: this.#list(oneOf), allOf: this.#list(allOf) } };
  }

  #list(schemas: unknown): Rules[] | undefined {
    return Array.isArray(schemas) ? schemas.map((schema) => this.rules(schema)) : undefined;
  }

  #array({ items, maxItems, minItems }: JsonSchema): MoreRules {
    const count = rangeOf('count', maxItems, minItems);
    if (items === undefined && count === undefined) return {};
    return { array: { ...count, items: items === undefined ? undefined : this.rules(items) } };
  }

  #object(schema: JsonSchema): MoreRules {
    const { properties, required, additionalProperties: others, maxProperties, minProperties } = schema;
    const count = rangeOf('count', maxProperties, minProperties);
    const isFree = properties === undefined && required === undefined && others === undefined;
    if (isFree && count === undefined) return {};
    const named = Object.entries(isObject(properties) ? properties : {});
    const object = {
      ...count,
      required: (required as string[] | undefined) ?? [],
      properties: new Map(named.map(([name, value]) => [name, this.rules(value)])),
      others: others === undefined ? undefined : this.rules(others),
    };
    return { object };
  }
}

function judged(judge: Judge): Rules {
  return { ...ANYTHING, more: { judge } };
}

function limitsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): MoreRules {
  const limits: Limit[] = [];
  if (maximum !== undefined) limits.push({ comparison: '<=', bound: maximum as number });
  if (minimum !== undefined) limits.push({ comparison: '>=', bound: minimum as number });
  if (exclusiveMaximum !== undefined) limits.push({ comparison: '<', bound: exclusiveMaximum as number });
  if (exclusiveMinimum !== undefined) limits.push({ comparison: '>', bound: exclusiveMinimum as number });
  return limits.length > 0 ? { limits } : {};
}

function rangeOf<Name extends string>(
  name: Name,
  most: unknown,
  least: unknown,
): { readonly [name in Name]?: Range } | undefined {
  if (most === undefined && least === undefined) return undefined;
  const range: Range = {
    most: (most as number | undefined) ?? Number.POSITIVE_INFINITY,
    least: (least as number | undefined) ?? 0,
  };
  return { [name]: range } as { readonly [name in Name]?: Range };
}
