import { readFileSync } from 'node:fs';
import { type JsonSchema, systemCode } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';

/**
 * The user's schema of a payload, inline or from a file, tried before anything depends on it.
 * @param problem told what is wrong, in words that follow the place.
 */
export function readPayloadSchema(
  source: string | JsonSchema,
  problem: (sentence: string) => void,
): JsonSchema | undefined {
  const schema = typeof source === 'string' ? readFile(source, problem) : source;
  if (schema === undefined) return undefined;
  try {
    compileSchema(schema);
    return schema;
  } catch (cause) {
    problem(`\`schema\`: ${cause instanceof Error ? cause.message : String(cause)}`);
    return undefined;
  }
}

function readFile(path: string, problem: (sentence: string) => void): JsonSchema | undefined {
  try {
    const schema: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as JsonSchema;
    problem(`\`schema\` ${path} is not a JSON object`);
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : `cannot be read (${systemCode(cause)})`;
    problem(`\`schema\` ${path} ${why}`);
  }
  return undefined;
}
