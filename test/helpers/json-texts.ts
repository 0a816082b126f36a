import type { Seeded } from './seeded.js';

/** Strings that are hard to read correctly: escapes, structure inside strings, names that clash. */
const STRINGS = [
  '""',
  '"a"',
  '"\\\\"',
  '"\\""',
  '"\\\\\\""',
  '"{[,:]}"',
  '"}\\"{"',
  '"\\u0061"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"😀é"',
  '"\\b\\f\\n\\r\\t\\/"',
  '"__proto__"',
];

/**
 * Names for tests that compare with `JSON.parse`. Names of one character that are written as an escape are left
 * out, since Node 24.21 takes one for another that it saw before; `json-tree.test.ts` tests our reading of them.
 */
const NAMES = [...STRINGS.filter((text) => !/^"\\(?:u.{4}|.)"$/.test(text)), '"ab"', '"\\u0061b"'];
const OTHERS = ['0', '-0', '12345678901234567890', '1.50', '-1e-7', '1E400', 'true', 'false', 'null'];
const SPACES = ['', '', '', ' ', '\t', '\n', '\r\n', '  '];

/** Returns the text of a random valid JSON value, with white space wherever it is allowed. */
export function jsonText(random: Seeded, depth = 3): string {
  const space = () => random.pick(SPACES);
  const list = (item: () => string) =>
    Array.from({ length: random.below(4) }, () => space() + item() + space()).join(',') || space();
  const value = () => jsonText(random, depth - 1);
  switch (depth > 0 ? random.below(4) : random.below(2)) {
    case 0:
      return random.pick(STRINGS);
    case 1:
      return random.pick(OTHERS);
    case 2:
      return `[${list(value)}]`;
    default:
      return `{${list(() => `${random.pick(NAMES)}${space()}:${space()}${value()}`)}}`;
  }
}

/** Returns the text of a random valid JSON object. */
export function jsonObjectText(random: Seeded): string {
  for (;;) {
    const text = jsonText(random);
    if (text.startsWith('{')) return text;
  }
}

const SPARE = [...'{}[]:,"\\/ \n\t0123456789.eE+-truefalsnu\u0000\u001f\u00a0\ufeffé\ud800'];

/** Returns the text with a few characters inserted, removed or replaced. */
export function mutate(random: Seeded, text: string): string {
  let result = text;
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const at = random.below(result.length + 1);
    const until = at + random.below(2);
    result = result.slice(0, at) + (random.below(3) > 0 ? random.pick(SPARE) : '') + result.slice(until);
  }
  return result;
}
