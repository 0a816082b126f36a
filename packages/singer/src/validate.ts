import { compileWithAjv } from './ajv-check.js';
import type { JsonSchema } from './messages.js';
import { normalizeSchema } from './normalize-schema.js';
import { problemOf } from './plain-check.js';
import { plainRules } from './plain-schema.js';

/**
 * Returns undefined when the value fits, else a sentence that names the member and the rule, never the value.
 * @throws RangeError when the stack ends: the value is nested too deep, or the schema is too large to be checked.
 */
export type Check = (value: unknown) => string | undefined;

export interface CompiledSchema {
  readonly check: Check;
  /**
   * The check without rules about the size of numbers. It is for records with numbers that a double cannot hold, since such
   * rules would judge the rounded value.
   */
  readonly checkLoosely: Check;
}

/**
 * Prepares the check of a tap's JSON Schema, of any draft from 4 on. Formats are not checked (as in the Singer SDK), and rules
 * that a double cannot decide exactly are left out: `multipleOf`, limits beyond 2^53.
 * @throws ToolkitError `schema_unusable`, exit 2.
 */
export function compileSchema(schema: JsonSchema): CompiledSchema {
  let loose: Check | undefined;
  return {
    check: compile(normalizeSchema(schema, { numericRules: true })),
    checkLoosely: (value) => {
      loose ??= compile(normalizeSchema(schema, { numericRules: false }));
      return loose(value);
    },
  };
}

function compile(schema: JsonSchema): Check {
  const rules = plainRules(schema);
  return rules ? (value) => problemOf(rules, value) : compileWithAjv(schema);
}
