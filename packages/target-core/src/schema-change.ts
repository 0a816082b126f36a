import { isContractKeyword, isObject, type JsonSchema } from '@tap-webhooks/singer';

/**
 * True when everything that fits `before` also fits `after`, and no column is lost or changed: rows that were checked against
 * `before` may be loaded into a table with the schema `after`. Columns may be added at any depth, and annotations (`title`,
 * `x-sdc-…`) may change.
 */
export function addsOnly(before: JsonSchema, after: JsonSchema): boolean {
  for (const keyword of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (isAnnotation(keyword)) continue;
    if (!keepsMeaning(keyword, before[keyword], after[keyword])) return false;
  }
  return true;
}

function keepsMeaning(keyword: string, before: unknown, after: unknown): boolean {
  if (keyword === 'properties') return keepsProperties(before, after);
  if (keyword === 'required') return isSubset(after, before);
  if (keyword === 'items' && isObject(before) && isObject(after)) return addsOnly(before, after);
  return JSON.stringify(before) === JSON.stringify(after);
}

function keepsProperties(before: unknown, after: unknown): boolean {
  if (before === undefined) return false; // a free-form object gets columns: that is another shape
  if (!isObject(before) || !isObject(after)) return false;
  return Object.entries(before).every(([name, old]) => {
    const now = Object.hasOwn(after, name) ? after[name] : undefined;
    return isObject(old) && isObject(now) ? addsOnly(old, now) : JSON.stringify(old) === JSON.stringify(now);
  });
}

function isSubset(names: unknown, of: unknown): boolean {
  if (names === undefined) return true;
  return Array.isArray(names) && Array.isArray(of) && names.every((name) => of.includes(name));
}

function isAnnotation(keyword: string): boolean {
  return keyword === 'title' || keyword === 'description' || isContractKeyword(keyword);
}
