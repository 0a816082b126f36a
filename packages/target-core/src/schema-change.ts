import { isContractKeyword, isObject, type JsonSchema, KEYWORD } from '@tap-webhooks/singer';

/** Keywords that restrict values, and say nothing about columns: each record is checked against its own SCHEMA. */
const CHECKS = new Set([
  ...['required', 'minLength', 'maxLength', 'pattern', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minProperties', 'maxProperties', 'dependencies', 'dependentRequired'],
]);
const ANNOTATIONS = new Set(['title', 'description', 'default', 'examples', '$comment', '$schema']);
/** Maps of schemas that references name. */
const DEFINITIONS = new Set(['definitions', '$defs']);
/** Keywords whose value is a list of which the order means nothing. */
const UNORDERED = new Set(['type', 'enum', 'required', 'anyOf', 'oneOf', 'allOf']);

/**
 * Returns a schema for a table that takes the rows of two SCHEMAs: it has the columns of both, at any depth, and every row that fits
 * one of them fits it. What restricts values but not columns is left out where the two differ. So a SCHEMA that is narrower than
 * the table, one that adds columns, and one that says the same in another order change nothing for rows that wait to be loaded.
 * @returns `before` itself when it takes all rows of `after`; undefined when a field has another type in `after`.
 */
export function unionOf(before: JsonSchema, after: JsonSchema): JsonSchema | undefined {
  const union = new Map(Object.entries(before));
  for (const keyword of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = unionOfKeyword(keyword, before, after);
    if (value === CHANGED) return undefined;
    if (value === undefined) union.delete(keyword);
    else union.set(keyword, value);
  }
  return ownOrNew(union, before, after);
}

/** Returns the schema of the two that has just these members, so that it can be told from others at once; else a new one. */
function ownOrNew(members: ReadonlyMap<string, unknown>, before: JsonSchema, after: JsonSchema): JsonSchema {
  const isOf = (schema: JsonSchema) =>
    members.size === Object.keys(schema).length &&
    [...members].every(([name, value]) => Object.hasOwn(schema, name) && schema[name] === value);
  if (isOf(before)) return before;
  return isOf(after) ? after : Object.fromEntries(members);
}

/** A keyword that says something else of the columns. */
const CHANGED = Symbol('changed');

/** @returns undefined when the keyword is to be left out. */
function unionOfKeyword(keyword: string, before: JsonSchema, after: JsonSchema): unknown {
  const [a, b] = [before[keyword], after[keyword]];
  if (meansTheSame(a, b, keyword)) return a;
  if (keyword === KEYWORD.splits && isObject(a) && isObject(b)) return { ...a, ...b };
  if (isContractKeyword(keyword)) return b ?? a;
  if (ANNOTATIONS.has(keyword)) return b ?? a;
  if (CHECKS.has(keyword)) return undefined;
  switch (keyword) {
    case 'properties':
      return isObject(a) && isObject(b) ? unionOfMaps(a, b) : CHANGED; // a free-form object is no RECORD
    case 'items':
      return isObject(a) && isObject(b) ? (unionOf(a, b) ?? CHANGED) : CHANGED;
    case 'additionalProperties':
      return isObject(a) || isObject(b) ? CHANGED : undefined;
    case 'type':
      return unionOfTypes(a, b);
    case 'format':
      return a === undefined || b === undefined ? undefined : CHANGED; // any text takes times too
    case 'enum':
    case 'const':
      return before.type === undefined || after.type === undefined ? CHANGED : undefined;
    default:
      return DEFINITIONS.has(keyword) ? unionOfDefinitions(a, b) : CHANGED;
  }
}

function unionOfMaps(a: JsonSchema, b: JsonSchema): JsonSchema | typeof CHANGED {
  const union = new Map(Object.entries(a));
  for (const [name, after] of Object.entries(b)) {
    const before = union.get(name);
    if (before === undefined) union.set(name, after);
    else if (!meansTheSame(before, after)) {
      const both = isObject(before) && isObject(after) ? unionOf(before, after) : undefined;
      if (both === undefined) return CHANGED;
      union.set(name, both);
    }
  }
  return ownOrNew(union, a, b);
}

/** Definitions may be added; one that changes may mean another type anywhere. */
function unionOfDefinitions(a: unknown, b: unknown): unknown {
  if (!isObject(a) || !isObject(b)) return a ?? b;
  const isChanged = Object.entries(b).some(
    ([name, value]) => Object.hasOwn(a, name) && !meansTheSame(a[name], value),
  );
  return isChanged ? CHANGED : { ...a, ...b };
}

/** The wider of two lists of types, of which one has all types of the other: a number takes integers, and null needs no column. */
function unionOfTypes(a: unknown, b: unknown): unknown {
  const [before, after] = [typesOf(a), typesOf(b)];
  if (before === undefined || after === undefined) return CHANGED;
  const all = new Set([...before, ...after]);
  if (all.has('number')) all.delete('integer');
  if (![before, after].some((types) => [...all].every((type) => type === 'null' || types.has(type))))
    return CHANGED;
  return all.size === before.size && [...all].every((type) => before.has(type)) ? a : [...all];
}

function typesOf(type: unknown): ReadonlySet<unknown> | undefined {
  if (typeof type === 'string') return new Set([type]);
  return Array.isArray(type) && type.length > 0 ? new Set(type) : undefined;
}

/** True for two values of one meaning. Quick for parts that two SCHEMAs share. @param keyword whose value it is, if any. */
function meansTheSame(a: unknown, b: unknown, keyword = ''): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) return canonical(a, keyword) === canonical(b, keyword);
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && meansTheSame(a[name], b[name], name))
  );
}

/** A text that is the same for two values of one meaning. @param keyword whose value it is, if any. */
function canonical(value: unknown, keyword = ''): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item));
    return `[${(UNORDERED.has(keyword) ? items.sort() : items).join()}]`;
  }
  if (!isObject(value)) return JSON.stringify(value) ?? '';
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name], name)}`).join()}}`;
}
