import {
  type CompiledSchema,
  holdsInDouble,
  isDoubleInteger,
  type JsonNode,
  type JsonObject,
  type JsonSchema,
  nesting,
  parseJson,
  type ToolkitError,
  targetColumns,
} from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';

/** A cheap test for numbers that a double may not hold: many digits, or a large exponent. */
const SUSPICIOUS = /[\d.]{16}|\d[eE][+-]?\d{3}/;
/** No schema that can be checked at all overflows the stack with a record of so few levels. */
const MOST_LEVELS = 1000;

/**
 * The check of one SCHEMA's records. The schema is prepared when the first record comes. A check that cannot be made, or that
 * fails itself, is no verdict: the record fits.
 */
export class RecordCheck {
  readonly #schema: JsonSchema;
  /** Columns that the target writes itself. They do not count: a SCHEMA need not allow them, and what was sent is replaced. */
  readonly #own: readonly string[];
  readonly #say: (unchecked: string) => void;
  #compiled: CompiledSchema | undefined;

  /** @param say gets what is not checked, each as a clause with the reason. */
  constructor(schema: JsonSchema, say: (unchecked: string) => void) {
    const own = targetColumns(schema);
    this.#own = Object.keys(own);
    const { required } = schema;
    this.#schema = Array.isArray(required)
      ? { ...schema, required: required.filter((name) => !Object.hasOwn(own, name)) }
      : schema;
    this.#say = say;
  }

  /**
   * Tells why a record does not fit its schema, naming member and rule; undefined when it fits. Parsing rounds numbers that a
   * double cannot hold, so rules about numbers could judge such a record wrongly: then only the other rules decide.
   */
  whyInvalid(record: JsonObject, recordText: string): string | undefined {
    const reason = this.#judge(record, recordText);
    if (reason === undefined) return undefined;
    const own = this.#own.filter((column) => Object.hasOwn(record, column));
    if (own.length === 0) return reason;
    const rest = Object.entries(record).filter(([name]) => !own.includes(name));
    return this.#judge(Object.fromEntries(rest), recordText);
  }

  #judge(record: JsonObject, recordText: string): string | undefined {
    this.#compiled ??= this.#compile();
    const { check, checkLoosely } = this.#compiled;
    try {
      const reason = check(record);
      if (reason === undefined || !SUSPICIOUS.test(recordText) || !holdsInexactNumber(recordText))
        return reason;
      return checkLoosely(record);
    } catch (cause) {
      if (cause instanceof RangeError) return this.#whyOverflown(recordText);
      this.#say('a record is not checked: the check itself failed');
      return undefined;
    }
  }

  #compile(): CompiledSchema {
    try {
      const compiled = compileSchema(this.#schema);
      for (const unchecked of compiled.unchecked) this.#say(unchecked);
      return compiled;
    } catch (cause) {
      return this.#giveUp((cause as ToolkitError).message);
    }
  }

  /** The stack ended, because of the record when a schema that refers to itself, or compares whole values, recurses into it. */
  #whyOverflown(recordText: string): string | undefined {
    const levels = nesting(recordText);
    if (levels > MOST_LEVELS && !this.#overflowsAlways()) {
      return `the record is nested ${levels} levels deep, too deep to be checked`;
    }
    this.#compiled = this.#giveUp('the schema is too large, refers to itself in a circle, or takes too long');
    return undefined;
  }

  #overflowsAlways(): boolean {
    try {
      this.#compiled?.check({});
      return false;
    } catch {
      return true;
    }
  }

  #giveUp(why: string): CompiledSchema {
    this.#say(`records are not checked: ${why}`);
    return { check: () => undefined, checkLoosely: () => undefined, unchecked: [] };
  }
}

function holdsInexactNumber(text: string): boolean {
  let root: JsonNode;
  try {
    root = parseJson(text, { maxDepth: MOST_LEVELS });
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
