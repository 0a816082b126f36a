import { isObject, type JsonObject } from '@tap-webhooks/singer';

/** A member of a JSON object that is new or has another value, with the path to it. */
export type Change = readonly [path: readonly string[], value: unknown];

/**
 * Returns what has to be set in `before` to get `after`; undefined when something was removed, or the result would have its
 * members in another order.
 */
export function changesOf(before: JsonObject, after: JsonObject): Change[] | undefined {
  const changes: Change[] = [];
  collect(before, after, [], changes);
  const isSame = JSON.stringify(withChanges(before, changes)) === JSON.stringify(after);
  return isSame ? changes : undefined;
}

function collect(before: JsonObject, after: JsonObject, path: readonly string[], changes: Change[]): void {
  for (const [name, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (old === value) continue;
    if (isObject(old) && isObject(value)) collect(old, value, [...path, name], changes);
    else if (JSON.stringify(old) !== JSON.stringify(value)) changes.push([[...path, name], value]);
  }
}

/** Returns a copy of the object with the changes made. */
export function withChanges(before: JsonObject, changes: readonly Change[]): JsonObject {
  const result = { ...before };
  const copied = new Set<JsonObject>([result]);
  for (const [path, value] of changes) {
    let at = result;
    for (const name of path.slice(0, -1)) at = ownCopy(at, name, copied);
    define(at, path.at(-1) ?? '', value);
  }
  return result;
}

/** Returns the object in a member, copied first unless it is a copy already. */
function ownCopy(parent: JsonObject, name: string, copied: Set<JsonObject>): JsonObject {
  const found = parent[name] as JsonObject;
  if (copied.has(found)) return found;
  const copy = { ...found };
  copied.add(copy);
  define(parent, name, copy);
  return copy;
}

/** Sets a member, also one that is called `__proto__`. */
function define(object: JsonObject, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
