import { isObject } from '@tap-webhooks/singer';

/**
 * Puts the very objects of `before` into `after` wherever the two are equal, so that whoever compares the parts of two SCHEMAs, or
 * has prepared something for a part, knows an unchanged one at once.
 * @param after JSON that nobody else holds: it is changed.
 * @returns `before` when all of it is equal, whatever the order of its members; else `after`.
 */
export function withSharedParts<T>(before: unknown, after: T): T {
  return (shared(before, after) ? before : after) as T;
}

/** @returns whether the two are equal. */
function shared(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  if (Array.isArray(before) && Array.isArray(after)) return areItemsShared(before, after);
  return isObject(before) && isObject(after) && areMembersShared(before, after);
}

function areItemsShared(before: readonly unknown[], after: unknown[]): boolean {
  let isEqual = before.length === after.length;
  for (const [index, item] of after.entries()) {
    if (shared(before[index], item)) after[index] = before[index];
    else isEqual = false;
  }
  return isEqual;
}

type Members = { [name: string]: unknown };

function areMembersShared(before: Members, after: Members): boolean {
  const names = Object.keys(after);
  let isEqual = names.length === Object.keys(before).length;
  for (const name of names) {
    const own = Object.hasOwn(before, name) ? before[name] : undefined;
    const value = after[name];
    if (!shared(own, value)) isEqual = false;
    else if (own !== value && name !== '__proto__') after[name] = own;
  }
  return isEqual;
}
