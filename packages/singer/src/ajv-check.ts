import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { schemaUnusable } from './errors.js';
import type { JsonSchema } from './messages.js';

/**
 * Compiles a schema of any kind.
 * @param schema as `normalizeSchema` returns it.
 * @returns a function that returns undefined when a value fits, else a sentence.
 * @throws ToolkitError `schema_unusable`, exit 2.
 */
export function compileWithAjv(schema: JsonSchema): (value: unknown) => string | undefined {
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
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(schema);
  } catch (cause) {
    throw schemaUnusable(cause instanceof Error ? cause.message : String(cause));
  }
  return (value) => (validate(value) ? undefined : sentence(validate.errors?.at(-1)));
}

/** Returns the sentence for the last problem: ajv puts the enclosing rule last ("must match a schema in anyOf"). */
function sentence(problem: ErrorObject | undefined): string {
  if (!problem) return 'the record does not fit the schema';
  return `${problem.instancePath || 'the record'} ${problem.message ?? `breaks the rule ${problem.keyword}`}`;
}
