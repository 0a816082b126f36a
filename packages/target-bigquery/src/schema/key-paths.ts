import type { TableDefinition } from '@tap-webhooks/target-core';
import { isSystemField } from './system-fields.js';

/**
 * Dotted paths of the fields that tell what a row is a version of: its key, and what `x-sdc-latest-by` names (a path, or
 * `{column, paths: {value of the column: path}}`). Not those that are ours: they have one type.
 */
export function keyPaths({ schema, keyProperties }: TableDefinition): ReadonlySet<string> {
  const paths = keyProperties.filter((name) => !isSystemField(name));
  const latestBy = schema['x-sdc-latest-by'];
  if (typeof latestBy === 'string') paths.push(latestBy);
  else if (typeof latestBy === 'object' && latestBy !== null) {
    const { column, paths: byValue } = latestBy as { column?: unknown; paths?: unknown };
    if (typeof column === 'string') paths.push(column);
    for (const path of Object.values(byValue ?? {})) if (typeof path === 'string') paths.push(path);
  }
  return new Set(paths);
}
