import type { JsonNode } from '@tap-webhooks/singer';
import type { Column } from './column.js';
import { typeOf } from './values.js';

/** The key of an event is missing, or no column can hold it: the event goes to the quarantine. */
export class InvalidKey extends Error {
  override readonly name = 'InvalidKey';
  /** A sentence that names the field and never quotes a value. */
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Checks one field of a row's key. A key must be in its own column exactly as it was sent; otherwise rows would lose it.
 * @param field as the sender names it.
 * @param value undefined: the event has no such member.
 * @param column undefined: the column does not exist yet.
 * @throws InvalidKey
 */
export function checkKey(
  text: string,
  field: string,
  value: JsonNode | undefined,
  column: Column | undefined,
): void {
  const problem = keyProblem(text, value, column);
  if (problem !== undefined) throw new InvalidKey(`The key field ${JSON.stringify(field)} ${problem}.`);
}

function keyProblem(text: string, value: JsonNode | undefined, column: Column | undefined) {
  if (value === undefined) return 'is missing';
  if (value.kind === 'null') return 'is null';
  if (value.kind === 'object' || value.kind === 'array') {
    return `is an ${value.kind}; a key is a string, a number or a boolean`;
  }
  const isUntyped = column !== undefined && column.type === undefined;
  if (value.kind === 'number' && !isUntyped && typeOf(text, value) === 'string') {
    return 'is a number that no column holds exactly';
  }
  if (column && !column.accepts(text, value)) {
    return `is a ${value.kind}, which its column of type ${column.type} does not take`;
  }
  return undefined;
}
