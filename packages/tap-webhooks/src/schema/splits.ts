import { ArrayColumn } from './array-column.js';
import type { Column } from './column.js';
import { splitOrigin } from './names.js';
import { ObjectColumn } from './object-column.js';

/**
 * Every split column with the column it was split from: dotted paths, arrays passed through without a step. Sorted, since
 * the order of birth does not outlive a restart (JSON objects put names like `7` first).
 */
export function splitsOf(root: ObjectColumn): Record<string, string> {
  const splits = new Map<string, string>();
  collect(root, '', splits);
  return Object.fromEntries([...splits].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function collect(column: Column | undefined, prefix: string, splits: Map<string, string>): void {
  if (column instanceof ArrayColumn) collect(column.items, prefix, splits);
  if (!(column instanceof ObjectColumn)) return;
  for (const [name, inner] of column.columns) {
    const origin = splitOrigin(name);
    if (origin !== undefined) splits.set(prefix + name, prefix + origin);
    collect(inner, `${prefix}${name}.`, splits);
  }
}
