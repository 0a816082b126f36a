import { isUtf8 } from 'node:buffer';
import { elementSlices, JsonError, type JsonNode, parseJson } from '@tap-webhooks/singer';

/** One event of a body: its text, and its place in it. */
export interface Element {
  readonly text: string;
  /** Undefined when it cannot be looked into. */
  readonly node: JsonNode | undefined;
  /** Why not: a sentence for the quarantine. */
  readonly problem?: string;
}

/** A body read: its events, or why it is not JSON. */
export type Body = { readonly events: readonly Element[] } | { readonly malformed: string };

const BYTE_ORDER_MARK = 0xfeff;
/** Events that one body may hold: some seconds of work, for which all other senders have to wait. */
const MOST_EVENTS = 100_000;
const TOO_MANY = `the body is an array of more than ${MOST_EVENTS} events`;
const TOO_DEEP = 'the event is nested deeper than 100 levels';

/** Reads a body: JSON by RFC 8259, in UTF-8; an array is one event for each of its elements. */
export function readBody(bytes: Uint8Array): Body {
  if (!isUtf8(bytes)) return { malformed: 'it is not UTF-8' };
  let text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1);
  try {
    const node = parseJson(text, { maxItems: MOST_EVENTS });
    return {
      events:
        node.kind === 'array' ? (node.items ?? []).map((item) => ({ text, node: item })) : [{ text, node }],
    };
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    return cause.reason === 'syntax' ? { malformed: cause.message } : readStrangeBody(text);
  }
}

/** Too long or somewhere too deep, so it was not read to its end. Elements of an array are still judged one by one. */
function readStrangeBody(text: string): Body {
  try {
    JSON.parse(text);
  } catch {
    return { malformed: 'it is nested deep or very long, and not well-formed' }; // the parser's own message would quote it
  }
  const elements = text.trimStart().startsWith('[') ? elementsOf(text) : [text];
  if (elements.length > MOST_EVENTS) return { events: [{ text, node: undefined, problem: TOO_MANY }] };
  return { events: elements.map(readElement) };
}

function readElement(text: string): Element {
  try {
    return { text, node: parseJson(text) };
  } catch {
    return { text, node: undefined, problem: TOO_DEEP };
  }
}

/** Texts of the elements of an array that is known to be valid; of one that has too many, the first ones. */
function elementsOf(text: string): string[] {
  return elementSlices(text, MOST_EVENTS + 1).map(({ start, end }) => text.slice(start, end));
}
