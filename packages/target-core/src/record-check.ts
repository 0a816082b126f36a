import {
  type CompiledSchema,
  holdsInDouble,
  isDoubleInteger,
  type JsonNode,
  type JsonObject,
  nesting,
  parseJson,
} from '@tap-webhooks/singer';

/** A cheap test for numbers that a double may not hold: many digits, or a large exponent. */
const SUSPICIOUS = /[\d.]{16}|\d[eE][+-]?\d{3}/;

/**
 * Tells why a record does not fit its schema, naming member and rule; undefined when it fits. Parsing rounds numbers that a
 * double cannot hold, so rules about numbers could judge such a record wrongly: then only the other rules decide.
 */
export function whyInvalid(
  compiled: CompiledSchema,
  record: JsonObject,
  recordText: string,
): string | undefined {
  try {
    const reason = compiled.check(record);
    if (reason === undefined || !SUSPICIOUS.test(recordText) || !holdsInexactNumber(recordText))
      return reason;
    return compiled.checkLoosely(record);
  } catch (cause) {
    // A schema that refers to itself, or compares whole values, recurses into the record until the stack ends.
    if (!(cause instanceof RangeError)) throw cause;
    return `the record is nested ${nesting(recordText)} levels deep, too deep to be checked`;
  }
}

function holdsInexactNumber(text: string): boolean {
  let root: JsonNode;
  try {
    root = parseJson(text);
  } catch {
    return true; // nested too deep to find out: do not judge it by its numbers
  }
  return hasInexact(text, root);
}

function hasInexact(text: string, node: JsonNode): boolean {
  if (node.kind === 'number') return !isExact(text.slice(node.start, node.end));
  const inner = node.items ?? node.members?.map((member) => member.value) ?? [];
  return inner.some((child) => hasInexact(text, child));
}

/** True for numbers that a double gives back as they were written, and for integers that a double is exactly. */
function isExact(number: string): boolean {
  return holdsInDouble(number) || isDoubleInteger(number);
}
