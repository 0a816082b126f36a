import { isAllowed } from './keyword-values.js';
import { linearPattern } from './linear-pattern.js';
import { isObject, type JsonObject, type JsonSchema } from './messages.js';

/**
 * Taps send schemas of many drafts, and some that no draft allows. Here they become schemas that ajv understands, without the
 * rules that it cannot decide correctly: a pipe must not stop at a schema that every other target accepts. Leaving out a rule
 * lets more records fit, never fewer.
 */

/** Keywords whose value is a schema, a list of schemas, or a map from names to schemas. */
const SCHEMA_KEYWORDS = new Set([
  ...['additionalItems', 'additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'prefixItems'],
  ...['propertyNames', 'then', 'allOf', 'anyOf', 'oneOf'],
]);
const MAP_KEYWORDS = new Set(['$defs', 'definitions', 'dependencies', 'patternProperties', 'properties']);
/** Inside these, leaving out a rule would let fewer records fit. */
const TURNING = new Set(['not', 'if', 'oneOf']);
const TYPES = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);
/** Identity, annotations and ajv's own switches, which ajv would resolve, refuse or obey. */
const IGNORED = new Set(['$id', '$schema', '$async', 'id', 'nullable', 'discriminator', 'default']);
/**
 * Rules that are left out: a double cannot decide `multipleOf`, the Singer SDK does not check `format`, and the others came with draft
 * 2019-09, after those that ajv knows here.
 */
const UNDECIDED = new Set([
  ...['multipleOf', 'format', 'dependentRequired', 'dependentSchemas', 'minContains', 'maxContains'],
  ...['unevaluatedItems', 'unevaluatedProperties', '$dynamicRef', '$recursiveRef'],
]);
const LIMITS = new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']);

interface Options {
  /** False: leave out every rule about the size or equality of numbers. */
  readonly numericRules: boolean;
}

interface Pass extends Options {
  /** How many rules were left out, or widened, so far. */
  lost: number;
  readonly lostPatterns: Set<string>;
  readonly misused: Map<string, string>;
  /** Names of the properties down to the schema that is being normalized. */
  readonly path: string[];
}

export interface Normalized {
  readonly normalized: JsonSchema;
  /** Patterns that were left out, since they cannot be checked in linear time. */
  readonly lostPatterns: readonly string[];
  /**
   * Keywords that were left out, since no draft allows their value (`"maxLength": -1`), each with the first column where that was so,
   * as a dotted path. Empty: not within a column.
   */
  readonly misused: ReadonlyMap<string, string>;
}

export function normalizeSchema(schema: JsonSchema, options: Options): Normalized {
  const lostPatterns = new Set<string>();
  const misused = new Map<string, string>();
  return {
    normalized: normalize(schema, { ...options, lost: 0, lostPatterns, misused, path: [] }),
    lostPatterns: [...lostPatterns],
    misused,
  };
}

/** Parts that were normalized, by whether numeric rules were kept: the next SCHEMA of a stream shares most of them. */
const KNOWN = {
  true: new WeakMap<JsonSchema, { readonly result: JsonSchema; readonly lost: number }>(),
  false: new WeakMap<JsonSchema, { readonly result: JsonSchema; readonly lost: number }>(),
};

function normalize(schema: JsonSchema, pass: Pass): JsonSchema {
  const parts = KNOWN[`${pass.numericRules}`];
  const known = parts.get(schema);
  if (known) {
    pass.lost += known.lost;
    return known.result;
  }
  const { lost, lostPatterns, misused } = pass;
  const told = lostPatterns.size + misused.size;
  const result = normalizeAnew(schema, pass);
  // a part about which something is told is read anew each time, so that it is told each time
  if (lostPatterns.size + misused.size === told) parts.set(schema, { result, lost: pass.lost - lost });
  return result;
}

function normalizeAnew(schema: JsonSchema, pass: Pass): JsonSchema {
  const result: JsonObject = Object.create(null);
  const allOf: unknown[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (IGNORED.has(keyword)) continue;
    if (!isAllowed(keyword, value)) {
      if (!pass.misused.has(keyword)) pass.misused.set(keyword, pass.path.join('.'));
      pass.lost += 1;
      continue;
    }
    const lostBefore = pass.lost;
    const kept = normalizeKeyword(keyword, value, schema, pass);
    if (kept === undefined)
      pass.lost += value === false && !keyword.startsWith('unevaluated') ? 0 : 1; // `false` turns other rules off
    else if (pass.lost === lostBefore || !TURNING.has(keyword)) result[keyword] = kept;
    else if (keyword === 'oneOf') allOf.push({ anyOf: kept });
  }
  if (schema.minContains === 0) delete result.contains; // ajv does not know it
  if (Array.isArray(result.prefixItems)) {
    // draft 2020-12; before it, `items` was a list of schemas, and `additionalItems` said what comes after them
    if (result.items !== undefined) result.additionalItems = result.items;
    result.items = result.prefixItems;
    delete result.prefixItems;
  }
  if (allOf.length > 0) result.allOf = [...((result.allOf as unknown[] | undefined) ?? []), ...allOf];
  if (hasUnusablePattern(schema, pass)) delete result.additionalProperties; // the names that it applies to are not known
  return result;
}

function normalizeKeyword(keyword: string, value: unknown, schema: JsonSchema, pass: Pass): unknown {
  if (UNDECIDED.has(keyword)) return undefined;
  if (SCHEMA_KEYWORDS.has(keyword)) return normalizeNested(value, pass);
  if (MAP_KEYWORDS.has(keyword)) return normalizeMap(keyword, value, pass);
  if (LIMITS.has(keyword)) return pass.numericRules ? limit(keyword, value, schema) : undefined;
  switch (keyword) {
    case 'type':
      return normalizeType(value, pass);
    case 'enum':
      return decidable(value, pass) ? value : undefined;
    case 'const':
      return decidable(value, pass) ? value : undefined;
    case 'uniqueItems':
      return pass.numericRules && value === true ? true : undefined;
    case 'required':
      return normalizeRequired(value, schema, pass);
    case 'pattern':
      return isPattern(value, pass) ? value : undefined;
    case '$ref':
      pass.lost += 1; // something may be left out in the schema that it refers to
      return value;
    default:
      return value;
  }
}

function normalizeNested(value: unknown, pass: Pass): unknown {
  if (Array.isArray(value)) {
    return value.length > 0 ? value.map((item) => normalizeNested(item, pass) ?? true) : undefined;
  }
  if (typeof value === 'boolean') return value;
  return isObject(value) ? normalize(value, pass) : undefined;
}

function normalizeMap(keyword: string, value: unknown, pass: Pass): unknown {
  if (!isObject(value)) return undefined;
  const result: JsonObject = Object.create(null);
  for (const [name, nested] of Object.entries(value)) {
    if (keyword === 'patternProperties' && !isPattern(name, pass)) {
      pass.lost += 1;
      continue;
    }
    // `dependencies` may hold lists of names instead of schemas.
    const isNames = Array.isArray(nested) && nested.every((item) => typeof item === 'string');
    if (keyword === 'properties') pass.path.push(name);
    result[name] = isNames ? nested : isObject(nested) ? normalize(nested, pass) : nested !== false;
    if (keyword === 'properties') pass.path.pop();
  }
  return result;
}

/** Names that `properties` lacks are left out: taps go on to name properties that nobody selected. */
function normalizeRequired(value: unknown, { properties }: JsonSchema, pass: Pass): unknown {
  if (!Array.isArray(value)) return undefined;
  const names = value.filter((name) => typeof name === 'string');
  if (!isObject(properties)) return names;
  const declared = names.filter((name) => Object.hasOwn(properties, name));
  if (declared.length < names.length) pass.lost += 1;
  return declared;
}

function normalizeType(value: unknown, pass: Pass): unknown {
  const known = (Array.isArray(value) ? value : [value]).filter((type) => TYPES.has(type as string));
  if (known.length === 0 || (Array.isArray(value) && known.length < value.length)) return undefined;
  if (pass.numericRules || !known.includes('integer')) return known;
  // A rounded number may seem to be an integer, a fraction or infinite when it is not.
  pass.lost += 1;
  return [...new Set(known.map((type) => (type === 'integer' ? 'number' : type)))];
}

/** Draft 4 writes an exclusive limit as `"minimum": 5, "exclusiveMinimum": true`. */
function limit(keyword: string, value: unknown, schema: JsonSchema): number | undefined {
  const draft4 = { exclusiveMinimum: 'minimum', exclusiveMaximum: 'maximum' } as const;
  const inclusive = draft4[keyword as keyof typeof draft4];
  if (inclusive !== undefined && value === true) return exact(schema[inclusive]);
  return exact(value);
}

function exact(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

function decidable(value: unknown, options: Options): boolean {
  if (typeof value === 'number') return options.numericRules && exact(value) !== undefined;
  if (Array.isArray(value)) return value.every((item) => decidable(item, options));
  return isObject(value) ? Object.values(value).every((item) => decidable(item, options)) : true;
}

function hasUnusablePattern({ patternProperties }: JsonSchema, pass: Pass): boolean {
  return (
    isObject(patternProperties) && !Object.keys(patternProperties).every((name) => isPattern(name, pass))
  );
}

/** False for patterns that are not JavaScript's, such as some of Python's, and for those that need backtracking. */
function isPattern(value: unknown, { lostPatterns }: Pass): boolean {
  if (typeof value !== 'string') return false;
  if (linearPattern(value)) return true;
  lostPatterns.add(value);
  return false;
}
