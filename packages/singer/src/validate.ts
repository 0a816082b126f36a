import { AjvCompiler } from './ajv-check.js';
import type { JsonSchema } from './messages.js';
import { normalizeSchema } from './normalize-schema.js';
import { problemOf } from './plain-check.js';
import { rulesOf } from './plain-schema.js';

/**
 * Returns undefined when the value fits, else a sentence that names the member and the rule, never the value.
 * @throws RangeError when the stack ends, or the check takes too long, because of the value or of the schema.
 */
export type Check = (value: unknown) => string | undefined;

export interface CompiledSchema {
  readonly check: Check;
  /**
   * The check without rules about the size of numbers. It is for records with numbers that a double cannot hold, since such
   * rules would judge the rounded value.
   */
  readonly checkLoosely: Check;
  /** What of the schema is not checked, each as a clause with the reason. Rules that nobody checks are left out. */
  readonly unchecked: readonly string[];
}

const PART_UNCHECKED =
  'a part of the schema is not checked: it is too large, or a name in it has half a surrogate pair';

/**
 * Prepares the check of a tap's JSON Schema, of any draft from 4 on. Formats are not checked (as in the Singer SDK), and rules
 * that a double cannot decide exactly are left out: `multipleOf`, limits beyond 2^53. Patterns are checked in linear time.
 * @throws ToolkitError `schema_unusable`, exit 2: the schema is wrong, such as one with a `$ref` to nowhere.
 */
export function compileSchema(schema: JsonSchema): CompiledSchema {
  const strict = compile(schema, true);
  let loose: Check | undefined;
  return {
    check: strict.check,
    checkLoosely: (value) => {
      loose ??= compile(schema, false).check;
      return loose(value);
    },
    unchecked: strict.unchecked,
  };
}

function compile(schema: JsonSchema, numericRules: boolean): Omit<CompiledSchema, 'checkLoosely'> {
  const unchecked = new Set<string>();
  const saidMisused = new Set<string>();
  const ajv = new AjvCompiler();
  const normalize = (part: JsonSchema) => {
    const { normalized, lostPatterns, misused } = normalizeSchema(part, { numericRules });
    for (const pattern of lostPatterns) unchecked.add(patternUnchecked(pattern));
    for (const [keyword, column] of misused) {
      if (saidMisused.has(keyword)) continue;
      saidMisused.add(keyword);
      unchecked.add(keywordUnchecked(keyword, column));
    }
    return normalized;
  };
  const judgeOf = (part: JsonSchema) => {
    const judge = ajv.compile(part);
    if (!judge) unchecked.add(PART_UNCHECKED);
    return judge ?? (() => undefined);
  };
  const rules = rulesOf(normalize(schema), { judgeOf, normalize });
  return { check: (value) => problemOf(rules, value), unchecked: [...unchecked] };
}

function patternUnchecked(pattern: string): string {
  return `the pattern ${shown(pattern)} is not checked: only patterns of JavaScript without lookaround and backreferences are`;
}

function keywordUnchecked(keyword: string, column: string): string {
  const where = column === '' ? '' : `, as for the column ${shown(column)}`;
  return `the keyword ${keyword} is not checked where JSON Schema does not allow its value${where}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
