import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { schemaUnusable } from './errors.js';
import type { JsonSchema } from './messages.js';
import { normalizeSchema } from './normalize-schema.js';

/** Returns undefined when the value fits, else a sentence that names the member and the rule, never the value. */
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
 * Compiles a tap's JSON Schema, of any draft from 4 on. Formats are not checked (as in the Singer SDK), and rules that a
 * double cannot decide exactly are left out: `multipleOf`, limits beyond 2^53.
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
  const validate = compileWithAjv(schema);
  return (value) => (validate(value) ? undefined : sentence(validate.errors?.at(-1)));
}

function compileWithAjv(schema: JsonSchema): ValidateFunction {
  // One instance per schema: a changed schema may have the same $id.
  const ajv = new Ajv({
    strict: false,
    strictNumbers: false,
    validateFormats: false,
    validateSchema: false,
    meta: false,
    logger: false,
    ownProperties: true,
  });
  try {
    return ajv.compile(schema);
  } catch (cause) {
    throw schemaUnusable(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Returns the sentence for the last problem: ajv puts the enclosing rule last ("must match a schema in anyOf"). */
function sentence(problem: ErrorObject | undefined): string {
  if (!problem) return 'the record does not fit the schema';
  return `${problem.instancePath || 'the record'} ${problem.message ?? `breaks the rule ${problem.keyword}`}`;
}
