import { LIMIT, nesting } from '@tap-webhooks/singer';
import { ArrayColumn } from './array-column.js';
import type { Column } from './column.js';
import { ObjectColumn } from './object-column.js';
import { isTooLong, RESERVED_SCHEMA_BYTES } from './size.js';

/**
 * Returns which limit the columns of a given schema exceed, for "the schema …"; undefined when they fit. Columns that events
 * add never exceed one.
 */
export function overLimit(root: ObjectColumn): string | undefined {
  const levels = nesting(JSON.stringify(root.toSchema()));
  if (levels > LIMIT.schemaLevels)
    return `has ${levels} levels of objects and arrays, and ${LIMIT.schemaLevels} are allowed`;
  const { columns, bytes } = root.size();
  if (columns - 1 > LIMIT.columnsPerStream)
    return `makes ${columns - 1} columns, and a stream can have ${LIMIT.columnsPerStream}`;
  const mostBytes = LIMIT.schemaLineBytes - RESERVED_SCHEMA_BYTES;
  if (bytes > mostBytes) return `takes ${bytes} bytes in a SCHEMA message, and ${mostBytes} are allowed`;
  return overLimitWithin(root);
}

function overLimitWithin(column: Column | undefined): string | undefined {
  if (column instanceof ArrayColumn) return overLimitWithin(column.items);
  if (!(column instanceof ObjectColumn)) return undefined;
  if (column.columns.size > LIMIT.columnsPerObject)
    return `has an object of ${column.columns.size} properties, and ${LIMIT.columnsPerObject} are allowed`;
  for (const [name, inner] of column.columns) {
    if (isTooLong(name))
      return `has a property whose name is longer than ${LIMIT.nameBytes} bytes (${JSON.stringify(name.slice(0, 40))}…)`;
    const problem = overLimitWithin(inner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
