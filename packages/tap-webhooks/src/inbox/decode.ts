import {
  JsonError,
  type JsonNode,
  LIMIT,
  parseJson,
  parseJsonAt,
  type ScannedValue,
  scanJson,
} from '@tap-webhooks/singer';
import { type BodyRules, MalformedBody, type Unroll } from '../bodies/body-rules.js';
import { arrayOfLines, mayBeLines } from '../bodies/ndjson.js';
import { beginsAsJson, declaredFormat, jsonOfForm, readText, type SentBody } from '../bodies/sent-body.js';
import { unroll } from '../bodies/unroll.js';

/** One event of a body: `text.slice(start, end)`. */
export interface Element {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /**
   * Where its parts are in the text; undefined when it is beyond a limit. Of a large body each event is parsed anew when it is
   * asked for after another one, so a caller should finish with one event before it goes to the next.
   */
  readonly node: JsonNode | undefined;
  /** Why it cannot be read: a sentence for the quarantine. */
  readonly problem?: string | undefined;
}

/** A decoded body: its events, or why nothing of it is taken. */
export type Body =
  | ReadableBody
  | {
      readonly malformed: string;
      /** True when it was not read as JSON. */
      readonly isOtherThanJson?: true;
    }
  | TooManyEvents;

export interface ReadableBody {
  /** Each of them is in `text`. */
  readonly events: readonly Element[];
  /** The body as JSON. */
  readonly text: string;
  /** Where that is not the body's own text: what of it is as it was sent. */
  readonly madeFrom?: MadeFrom;
}

/** An array of more than `MOST_EVENTS`. */
type TooManyEvents = 'too_many_events';

/**
 * `events`: the text holds each event as it was sent (another charset, NDJSON). `body`: only the body as a whole is as it was
 * sent (a form, events that were unrolled).
 */
export type MadeFrom = 'events' | 'body';

/** Events that one body may hold. They are recorded in one transaction, and all other senders wait meanwhile. */
export const MOST_EVENTS = 10_000;
/**
 * Bytes from which on a body counts as large. A tree needs up to 70 times the memory of its text, so a large body is never a
 * tree as a whole: at most one event of it is.
 */
export const LARGE_BYTES = 128 * 1024;

const TOO_DEEP = `the event is nested deeper than ${LIMIT.eventLevels} levels`;
const TOO_MANY_VALUES = `the event consists of more than ${LIMIT.eventValues} values`;

/** Decodes a body into its events, each a JSON value by RFC 8259. Each element of an array is an event. */
export function decodeBody(sent: SentBody, rules: BodyRules = {}): Body {
  try {
    const body = decodeSent(sent, rules);
    return rules.unroll && typeof body === 'object' ? unrolled(body, rules.unroll) : body;
  } catch (cause) {
    if (cause instanceof JsonError) return { malformed: cause.message };
    if (!(cause instanceof MalformedBody)) throw cause;
    return { malformed: cause.message, ...(!cause.isJson && { isOtherThanJson: true }) };
  }
}

/** Bytes that are JSON are taken as JSON, whatever the headers say. @throws JsonError, MalformedBody */
function decodeSent(sent: SentBody, rules: BodyRules): ReadableBody | TooManyEvents {
  const format = declaredFormat(sent, rules);
  const isForm = format === 'form' || format === 'multipart';
  if (isForm && !beginsAsJson(sent.body)) return decodeForm(sent, format, rules);
  const { text, isUtf8 } = readText(sent);
  try {
    return decodeJson(text, isUtf8 ? undefined : 'events');
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const isLines = format === 'ndjson' || (rules.format === undefined && mayBeLines(text));
    if (isLines) return decodeJson(arrayOfLines(text, MOST_EVENTS), 'events');
    if (isForm) return decodeForm(sent, format, rules);
    throw cause;
  }
}

function decodeForm(sent: SentBody, format: 'form' | 'multipart', rules: BodyRules) {
  const text = jsonOfForm(sent, format, rules, MOST_EVENTS);
  try {
    return decodeJson(text, 'body');
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new MalformedBody(`the field of its form that \`json_field\` names is not JSON: ${cause.message}`);
  }
}

function unrolled(body: ReadableBody, rule: Unroll): ReadableBody | TooManyEvents {
  return decodeJson(unroll(body.text, rule, MOST_EVENTS), 'body');
}

/** @throws JsonError `syntax` */
export function decodeJson(text: string, madeFrom?: MadeFrom): ReadableBody | TooManyEvents {
  const found = (text.length < LARGE_BYTES ? decodeUsual(text) : undefined) ?? decodeByParts(text);
  return found === 'too_many_events' ? found : { events: found, text, ...(madeFrom && { madeFrom }) };
}

/** Returns undefined when the body is beyond a limit of the parser. @throws JsonError `syntax` */
function decodeUsual(text: string): readonly Element[] | undefined {
  try {
    const node = parseJson(text, { maxDepth: LIMIT.eventLevels, maxItems: MOST_EVENTS });
    const nodes = node.kind === 'array' ? (node.items ?? []) : [node];
    return nodes.map((one) => ({ text, start: one.start, end: one.end, node: one }));
  } catch (cause) {
    if (cause instanceof JsonError && cause.reason !== 'syntax') return undefined;
    throw cause;
  }
}

/** Decodes a body that is large, or somewhere too deep or long for the parser. @throws JsonError `syntax` */
function decodeByParts(text: string): readonly Element[] | TooManyEvents {
  const { items, itemCount = 0, ...whole } = scanJson(text, MOST_EVENTS);
  if (itemCount > MOST_EVENTS) return 'too_many_events';
  const parser = new OneTree();
  return (items ?? [whole]).map((value) => elementOf(text, value, parser));
}

function elementOf(text: string, { start, end, levels, values }: ScannedValue, parser: OneTree): Element {
  const problem =
    levels > LIMIT.eventLevels ? TOO_DEEP : values > LIMIT.eventValues ? TOO_MANY_VALUES : undefined;
  if (problem !== undefined) return { text, start, end, node: undefined, problem };
  return new LargeElement(text, start, end, parser);
}

/** Returns the tree of an event that is within the limits. One of a large body is parsed anew, and not kept. @throws JsonError */
export function treeOf({ text, start, ...event }: Element): JsonNode {
  return ('node' in event && event.node) || parseJsonAt(text, start);
}

class LargeElement implements Element {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly #parser: OneTree;

  constructor(text: string, start: number, end: number, parser: OneTree) {
    this.text = text;
    this.start = start;
    this.end = end;
    this.#parser = parser;
  }

  get node(): JsonNode {
    return this.#parser.treeAt(this.text, this.start);
  }
}

/** Keeps the tree of one event of a body, so that memory holds no second one. */
class OneTree {
  #start = -1;
  #tree: JsonNode | undefined;

  treeAt(text: string, start: number): JsonNode {
    if (this.#tree && this.#start === start) return this.#tree;
    this.#tree = undefined; // free before the next one is made
    const tree = parseJsonAt(text, start);
    this.#tree = tree;
    this.#start = start;
    return tree;
  }
}
