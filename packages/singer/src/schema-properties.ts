import { isObject, type JsonSchema } from './messages.js';

/**
 * Returns what a local reference names: `#` for the root, `#/definitions/x` for a part of it. Undefined when it names nothing, and
 * for every other reference: one to another document, or to a plain name (`#x`).
 */
export function schemaAt(root: JsonSchema, reference: string): unknown {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let found: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const name = stepName(step);
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    if (Array.isArray(found)) found = { ...found };
  }
  return found;
}

function stepName(step: string): string {
  const plain = (text: string) => text.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return plain(decodeURIComponent(step));
  } catch {
    return plain(step); // a `%` that begins no escape
  }
}

/** Merges what two schemas say of one value. Where they differ about a keyword, the first counts. */
export function bothSchemas(a: JsonSchema, b: JsonSchema): JsonSchema {
  if (!isObject(a.properties) || !isObject(b.properties)) return { ...b, ...a };
  return { ...b, ...a, properties: mergedProperties(a.properties, b.properties, 'allOf') };
}

/**
 * Returns the properties of a record, by their names, each with its schema: those of `properties`, and those that are reached through
 * `$ref`, `allOf`, `anyOf` and `oneOf` at the top of the schema. Undefined when none of these has `properties`.
 */
export function recordProperties(schema: JsonSchema): JsonSchema | undefined {
  return propertiesWithin(schema, schema, new Set());
}

/** @param seen schemas that were looked at: each is needed once, and a reference may lead back to one. */
function propertiesWithin(schema: unknown, root: JsonSchema, seen: Set<unknown>): JsonSchema | undefined {
  if (!isObject(schema) || seen.has(schema)) return undefined;
  seen.add(schema);
  const { properties, $ref, allOf, anyOf, oneOf } = schema;
  let found = isObject(properties) ? properties : undefined;
  const add = (part: unknown, by: 'allOf' | 'anyOf') => {
    const more = propertiesWithin(part, root, seen);
    if (more !== undefined) found = found === undefined ? more : mergedProperties(found, more, by);
  };
  if (typeof $ref === 'string') add(schemaAt(root, $ref), 'allOf');
  for (const part of listOf(allOf)) add(part, 'allOf');
  for (const part of [...listOf(anyOf), ...listOf(oneOf)]) add(part, 'anyOf');
  return found;
}

/** @param by how two schemas of one property belong together. */
function mergedProperties(a: JsonSchema, b: JsonSchema, by: 'allOf' | 'anyOf'): JsonSchema {
  const merged = new Map(Object.entries(a));
  for (const [name, schema] of Object.entries(b)) {
    const own = merged.get(name);
    const isSame = own === undefined || JSON.stringify(own) === JSON.stringify(schema);
    merged.set(name, isSame ? schema : { [by]: [own, schema] });
  }
  return Object.fromEntries(merged); // also a property `__proto__` is one of the object's own
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
