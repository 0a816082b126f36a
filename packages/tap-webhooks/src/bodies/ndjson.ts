import { JsonError, scanJson } from '@tap-webhooks/singer';
import { MalformedBody } from './body-rules.js';

/**
 * Returns the lines of NDJSON as one JSON array. Empty lines count for nothing. The items of a line that is an array are events
 * of their own, as in a body of one line.
 * @param most lines that count; of more only the first ones, and one more, are looked at.
 * @throws MalformedBody
 */
export function arrayOfLines(text: string, most: number): string {
  const items: string[] = [];
  let number = 0;
  for (let start = 0; start <= text.length && items.length <= most; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    number += 1;
    const item = itemOf(text.slice(start, end), number);
    if (item !== '') items.push(item);
    start = end + 1;
  }
  return `[${items.join(',')}]`;
}

function itemOf(line: string, number: number): string {
  const trimmed = line.trim();
  if (trimmed === '') return '';
  const { kind } = scanLine(trimmed, number);
  return kind === 'array' ? trimmed.slice(1, -1).trim() : trimmed;
}

function scanLine(line: string, number: number) {
  try {
    return scanJson(line, 0);
  } catch (cause) {
    if (cause instanceof JsonError)
      throw new MalformedBody(`its line ${number} is not JSON: ${cause.message}`, 'json');
    throw cause;
  }
}

/** True when the first line is an object or array by itself, and something follows it. */
export function mayBeLines(text: string): boolean {
  const first = /\S/.exec(text);
  if (!first || (first[0] !== '{' && first[0] !== '[')) return false;
  const end = text.indexOf('\n', first.index);
  if (end < 0 || text.slice(end).trim() === '') return false;
  try {
    scanJson(text.slice(first.index, end), 0);
    return true;
  } catch {
    return false;
  }
}
