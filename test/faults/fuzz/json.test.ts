import { compact, JsonError, type JsonNode, parseJson, stringValue } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzz.js';

const WORDS = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '\\ud800', '\\u0000', '\\/', ' ', '\t', '\n', '\r'],
  ...['0', '-', '-0', '01', '1.', '.5', 'e', 'E+', '1e999', '12345678901234567890', '0.1'],
  ...[
    'true',
    'false',
    'null',
    'nul',
    'NaN',
    'Infinity',
    '"__proto__":',
    '"a":',
    '\ufeff',
    '\u2028',
    '\u00a0',
  ],
];
/** Node 24.21 takes a name of one escaped character for another name that it saw before, so such values are not compared. */
const ESCAPED_NAME = /"\\(?:u[0-9a-fA-F]{4}|.)"\s*:/;

test(
  'parseJson accepts what JSON.parse accepts, with the same values, and refuses everything else',
  () => fuzz({ corpus: 'json', words: WORDS, rounds: 3000, check: (input) => check(input.toString('utf8')) }),
  FUZZ_TIMEOUT_MS,
);

function check(text: string): void {
  const node = parsed(text);
  if (node === 'too deep') return;
  const value = expectedOf(text);
  expect(node === undefined, 'refused').toBe(value === undefined);
  if (node === undefined || value === undefined || ESCAPED_NAME.test(text)) return;
  expect(valueAt(text, node)).toEqual(value.is);
  expect(JSON.parse(compact(text, node))).toEqual(value.is);
}

/** @returns undefined when the text is refused. */
function parsed(text: string): JsonNode | 'too deep' | undefined {
  try {
    return parseJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    return cause.reason === 'depth' ? 'too deep' : undefined;
  }
}

function expectedOf(text: string): { is: unknown } | undefined {
  try {
    return { is: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Returns what `JSON.parse` would make of a tree. */
function valueAt(text: string, node: JsonNode): unknown {
  if (node.kind === 'string') return stringValue(text, node);
  if (node.items) return node.items.map((item) => valueAt(text, item));
  if (!node.members) return JSON.parse(text.slice(node.start, node.end));
  const members = node.members.map(({ name, value }) => [name, valueAt(text, value)] as const);
  return Object.fromEntries(members);
}
