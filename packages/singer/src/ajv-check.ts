import { Ajv, type ErrorObject, type FuncKeywordDefinition, type ValidateFunction } from 'ajv';
import { schemaUnusable } from './errors.js';
import { linearPattern } from './linear-pattern.js';
import { isObject, type JsonObject, type JsonSchema } from './messages.js';
import type { Judge, Problem } from './plain-schema.js';

/**
 * Most objects in a part of a schema. Ajv's time grows with their square, to a second or two for so many, and its code for a few
 * more overflows the stack.
 */
const MOST_OBJECTS = 1500;

/** Compiles parts of one schema with ajv. */
export class AjvCompiler {
  // One instance per schema: a changed schema may have the same $id.
  #ajv: Ajv | undefined;

  /**
   * @param schema as `normalizeSchema` returns it.
   * @returns undefined when the schema is too large for ajv, or has names that ajv cannot take (half a surrogate pair). The judge
   *   throws a RangeError when the stack ends.
   * @throws ToolkitError `schema_unusable`, exit 2: the schema is wrong.
   */
  compile(schema: JsonSchema): Judge | undefined {
    if (objectsIn(schema) > MOST_OBJECTS) return undefined;
    this.#ajv ??= newAjv();
    let validate: ValidateFunction;
    try {
      validate = this.#ajv.compile(withProtoAsPattern(schema) as JsonSchema);
    } catch (cause) {
      if (cause instanceof RangeError || cause instanceof URIError) return undefined;
      throw schemaUnusable(cause instanceof Error ? cause.message : String(cause));
    }
    return (value) => (validate(value) ? undefined : problemIn(validate.errors?.at(-1)));
  }
}

function newAjv(): Ajv {
  const ajv = new Ajv({
    strict: false,
    strictNumbers: false,
    validateFormats: false,
    validateSchema: false,
    meta: false,
    logger: false,
    ownProperties: true,
    code: { regExp },
  });
  for (const own of [UNIQUE_ITEMS, CONST, ENUM]) {
    ajv.removeKeyword(own.keyword);
    ajv.addKeyword(own);
  }
  return ajv;
}

/** Ajv leaves out a property `__proto__`. As a pattern it is checked like any other, and counts as one that is declared. */
function withProtoAsPattern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withProtoAsPattern);
  if (!isObject(value)) return value;
  const result: JsonObject = Object.create(null);
  for (const [name, inner] of Object.entries(value)) result[name] = withProtoAsPattern(inner);
  const { properties, patternProperties } = result;
  if (!isObject(properties) || !Object.hasOwn(properties, '__proto__')) return result;
  const { __proto__: proto, ...others } = properties;
  const patterns = { ...(isObject(patternProperties) ? patternProperties : {}), '^__proto__$': proto };
  return Object.assign(result, { properties: others, patternProperties: patterns });
}

/** Counts objects at all levels: schemas, and a few that are none. */
function objectsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((count, inner) => count + objectsIn(inner), isObject(value) ? 1 : 0);
}

/** Ajv's engine for patterns. `normalizeSchema` has left out those that it cannot express. */
function regExp(pattern: string) {
  const compiled = linearPattern(pattern);
  if (!compiled) throw new SyntaxError('a pattern cannot be expressed');
  return compiled;
}
/** Where ajv would import the engine in code that it writes to a file, which never happens here. */
regExp.code = 'linearPattern';

/** In place of ajv's own rule, which compares each two items: that takes minutes for the items of one megabyte. */
const UNIQUE_ITEMS = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: { message: 'must NOT have duplicate items' },
  validate: (isUnique: boolean, items: readonly unknown[]) =>
    !isUnique || new Set(items.map(canonicalText)).size === items.length,
} as const satisfies FuncKeywordDefinition;

/** In place of ajv's own rules, which call the members `toString` and `valueOf` of the objects that they compare. */
const CONST = {
  keyword: 'const',
  error: { message: 'must be equal to constant' },
  compile: (constant: unknown) => isOneOf([constant]),
} as const satisfies FuncKeywordDefinition;
const ENUM = {
  keyword: 'enum',
  schemaType: 'array',
  error: { message: 'must be equal to one of the allowed values' },
  compile: isOneOf,
} as const satisfies FuncKeywordDefinition;

function isOneOf(values: readonly unknown[]): (value: unknown) => boolean {
  const texts = new Set(values.map(canonicalText));
  return (value) => texts.has(canonicalText(value));
}

/** A text that is the same for values that JSON Schema calls equal. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isObject(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join(',')}}`;
}

/** Takes the last problem: ajv puts the enclosing rule last ("must match a schema in anyOf"). */
function problemIn(problem: ErrorObject | undefined): Problem {
  const message = problem?.message ?? `breaks the rule ${problem?.keyword}`;
  return { path: problem?.instancePath ?? '', message };
}
