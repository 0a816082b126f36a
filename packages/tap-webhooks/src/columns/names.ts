/**
 * Names of columns. What a sender calls `_sdc…` or ends in a split suffix is renamed, so that no sender can choose an
 * identity or write into a split column. The renaming is injective: two names never become one.
 */

/** Stitch's suffixes of split columns (BigQuery destination: it, nu, fl, st, bo, re, ar, ti), and ours for JSON: js. */
const SUFFIX = /__(?:it|nu|fl|st|bo|re|ar|ti|js)_*$/i;
const PREFIX = /^x*__?sdc/i;
const OWN_SUFFIX = /__(?:it|nu|st|bo|re|ar|js)$/;

/** Where the members go that an object's cap leaves no column for. */
export const EXTRA = '_sdc_extra';

/**
 * The column of a sender's member, at any level. A reserved prefix gets an `x` before it (and so does a name that already
 * has one, or it would meet the first), a reserved suffix a `_` after it (likewise). Case makes no difference, since
 * warehouses do not see it.
 */
export function columnName(name: string): string {
  const prefixed = PREFIX.test(name) ? `x${name}` : name;
  return name.includes('__') && SUFFIX.test(name) ? `${prefixed}_` : prefixed;
}

/** Of a split column: the column it was split from, at the same level. A sender's name is never taken for one. */
export function splitOrigin(column: string): string | undefined {
  return OWN_SUFFIX.test(column) ? column.slice(0, -'__xx'.length) : undefined;
}
