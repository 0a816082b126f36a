/**
 * Names of columns. A sender's name that begins with `_sdc` or ends in a split suffix is renamed, so that no sender can choose
 * an identity or write into a split column. Two different names never become the same name.
 */

/** Stitch's suffixes of split columns (BigQuery destination: it, nu, fl, st, bo, re, ar, ti), and ours for JSON: js. */
const SUFFIX = /__(?:it|nu|fl|st|bo|re|ar|ti|js)_*$/i;
const PREFIX = /^x*__?sdc/i;
const OWN_SUFFIX = /__(?:it|nu|st|bo|re|ar|js)$/;

/** The column for members that the limits leave no column for. */
export const EXTRA = '_sdc_extra';

/**
 * Returns the column's name for a sender's member, at any level. A reserved prefix gets an `x` before it, a reserved suffix a
 * `_` after it. A name that already has such an `x` or `_` gets one more; otherwise the two names would become the same.
 * Letter case makes no difference, since warehouses ignore it.
 */
export function columnName(name: string): string {
  const prefixed = PREFIX.test(name) ? `x${name}` : name;
  return name.includes('__') && SUFFIX.test(name) ? `${prefixed}_` : prefixed;
}

/** Returns the column that a split column was split from, at the same level. A sender's own column is never a split column. */
export function splitOrigin(column: string): string | undefined {
  return OWN_SUFFIX.test(column) ? column.slice(0, -'__xx'.length) : undefined;
}
