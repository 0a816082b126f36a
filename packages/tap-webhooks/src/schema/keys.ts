import type { JsonNode } from '@tap-webhooks/singer';
import type { Column } from './column.js';
import { typeOf } from './types.js';

/**
 * Why a value cannot be (part of) a row's key: a sentence, or undefined when it can. A key must stand in its own column,
 * as it was sent, or rows would lose it.
 * @param field as the sender names it.
 * @param value undefined: the event has no such member.
 * @param column undefined: not born yet.
 */
export function keyProblem(
  text: string,
  field: string,
  value: JsonNode | undefined,
  column: Column | undefined,
): string | undefined {
  const key = `The key field ${JSON.stringify(field)}`;
  if (value === undefined) return `${key} is missing.`;
  if (value.kind === 'null') return `${key} is null.`;
  if (value.kind === 'object' || value.kind === 'array') {
    return `${key} is an ${value.kind}; a key is a string, a number or a boolean.`;
  }
  const isUntyped = column !== undefined && column.type === undefined;
  if (value.kind === 'number' && !isUntyped && typeOf(text, value) === 'string') {
    return `${key} is a number that no column holds exactly.`;
  }
  if (column && !column.accepts(text, value)) {
    return `${key} is a ${value.kind}, which its column of type ${column.type} does not take.`;
  }
  return undefined;
}
