import { isUtf8 } from 'node:buffer';
import {
  JsonError,
  type JsonNode,
  LIMIT,
  parseJson,
  parseJsonAt,
  type ScannedValue,
  scanJson,
} from '@tap-webhooks/singer';

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
  | { readonly events: readonly Element[] }
  | { readonly malformed: string }
  /** An array of more than `MOST_EVENTS`. */
  | 'too_many_events';

/** Events that one body may hold. They are recorded in one transaction, and all other senders wait meanwhile. */
export const MOST_EVENTS = 10_000;
/**
 * Bytes from which on a body counts as large. A tree needs up to 70 times the memory of its text, so a large body is never a
 * tree as a whole: at most one event of it is.
 */
export const LARGE_BYTES = 256 * 1024;

const BYTE_ORDER_MARK = 0xfeff;
const TOO_DEEP = `the event is nested deeper than ${LIMIT.eventLevels} levels`;
const TOO_MANY_VALUES = `the event consists of more than ${LIMIT.eventValues} values`;

/** Decodes a body: JSON by RFC 8259, in UTF-8. Each element of an array is an event. */
export function decodeBody(bytes: Uint8Array): Body {
  if (!isUtf8(bytes)) return { malformed: 'it is not UTF-8' };
  const text = textOfBody(bytes);
  try {
    return (bytes.length < LARGE_BYTES ? decodeUsual(text) : undefined) ?? decodeByParts(text);
  } catch (cause) {
    if (cause instanceof JsonError) return { malformed: cause.message };
    throw cause;
  }
}

/** Returns a body as text, without a byte order mark. */
export function textOfBody(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** Returns undefined when the body is beyond a limit of the parser. @throws JsonError `syntax` */
function decodeUsual(text: string): Body | undefined {
  try {
    const node = parseJson(text, { maxDepth: LIMIT.eventLevels, maxItems: MOST_EVENTS });
    const nodes = node.kind === 'array' ? (node.items ?? []) : [node];
    return { events: nodes.map((one) => ({ text, start: one.start, end: one.end, node: one })) };
  } catch (cause) {
    if (cause instanceof JsonError && cause.reason !== 'syntax') return undefined;
    throw cause;
  }
}

/** Decodes a body that is large, or somewhere too deep or long for the parser. @throws JsonError `syntax` */
function decodeByParts(text: string): Body {
  const { items, itemCount = 0, ...whole } = scanJson(text, MOST_EVENTS);
  if (itemCount > MOST_EVENTS) return 'too_many_events';
  const parser = new OneTree();
  return { events: (items ?? [whole]).map((value) => elementOf(text, value, parser)) };
}

function elementOf(text: string, { start, end, levels, values }: ScannedValue, parser: OneTree): Element {
  const problem =
    levels > LIMIT.eventLevels ? TOO_DEEP : values > LIMIT.eventValues ? TOO_MANY_VALUES : undefined;
  if (problem !== undefined) return { text, start, end, node: undefined, problem };
  return new LargeElement(text, start, end, parser);
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
