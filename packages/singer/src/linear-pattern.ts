import { RE2JS } from 're2js';

/** A regular expression that needs time in proportion to the text, whatever the pattern is. */
export interface LinearPattern {
  test(text: string): boolean;
  /** The pattern. */
  toString(): string;
}

/** What JavaScript's `.` and `\s` take, of which RE2's take less. */
const NOT_LINE_END = '[^\\n\\r\\x{2028}\\x{2029}]';
const SPACES =
  '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';

/** Compiled patterns, since a schema comes again with each new column, and is prepared in several steps. */
const known = new Map<string, LinearPattern | undefined>();
const MOST_KNOWN = 1000;

/**
 * Compiles a pattern of JavaScript (with the flag `u`, as JSON Schema has it) for RE2, which does not backtrack.
 * @returns undefined when the pattern is not JavaScript's, or when RE2 cannot express it: lookaround, references to groups,
 *   more than 1,000 repetitions, scripts by name.
 */
export function linearPattern(pattern: string): LinearPattern | undefined {
  if (known.has(pattern)) return known.get(pattern);
  if (known.size >= MOST_KNOWN) known.clear();
  const compiled = compile(pattern);
  known.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): LinearPattern | undefined {
  try {
    const source = sameClasses(new RegExp(pattern, 'u').source);
    if (source === undefined) return undefined;
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
    return { test: (text) => compiled.test(text), toString: () => pattern };
  } catch {
    return undefined;
  }
}

/** Writes out the classes that mean less in RE2 than in JavaScript; undefined where a class has no room for one. */
function sameClasses(source: string): string | undefined {
  let result = '';
  let isInClass = false;
  for (const [part] of source.matchAll(/\\.|[^\\]/gsu)) {
    if (part === '[') isInClass = true;
    else if (part === ']') isInClass = false;
    if (isInClass && part === '\\S') return undefined;
    if (part === '\\s') result += isInClass ? SPACES : `[${SPACES}]`;
    else if (part === '\\S') result += `[^${SPACES}]`;
    else result += part === '.' && !isInClass ? NOT_LINE_END : part;
  }
  return result;
}
