import { isUtf8 } from 'node:buffer';
import { elementSlices, JsonError, type JsonNode, parseJson } from '@tap-webhooks/singer';

/** One event of a body. */
export interface Element {
  readonly text: string;
  /** Where the event is in the text; undefined when it is nested too deeply to be read. */
  readonly node: JsonNode | undefined;
  /** Why it cannot be read: a sentence for the quarantine. */
  readonly problem?: string | undefined;
}

/** A decoded body: its events, or why it is not JSON. */
export type Body = { readonly events: readonly Element[] } | { readonly malformed: string };

const BYTE_ORDER_MARK = 0xfeff;
/** Events that one body may hold. That many take some seconds, and all other senders wait meanwhile. */
const MOST_EVENTS = 100_000;
const TOO_MANY = `the body is an array of more than ${MOST_EVENTS} events`;
const TOO_DEEP = 'the event is nested deeper than 100 levels';

/** Decodes a body: JSON by RFC 8259, in UTF-8. Each element of an array is an event. */
export function decodeBody(bytes: Uint8Array): Body {
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
    return cause.reason === 'syntax' ? { malformed: cause.message } : decodeStrangeBody(text);
  }
}

/** Decodes a body that is too long or somewhere too deep for the parser. Elements of an array are still read one by one. */
function decodeStrangeBody(text: string): Body {
  try {
    JSON.parse(text);
  } catch {
    return { malformed: 'it is nested deep or very long, and not well-formed' }; // the parser's own message would quote it
  }
  const elements = text.trimStart().startsWith('[') ? elementsOf(text) : [text];
  if (elements.length > MOST_EVENTS) return { events: [{ text, node: undefined, problem: TOO_MANY }] };
  return { events: elements.map(decodeElement) };
}

function decodeElement(text: string): Element {
  try {
    return { text, node: parseJson(text) };
  } catch {
    return { text, node: undefined, problem: TOO_DEEP };
  }
}

/** Returns the texts of the elements of a valid array, or only the first ones when there are too many. */
function elementsOf(text: string): string[] {
  return elementSlices(text, MOST_EVENTS + 1).map(({ start, end }) => text.slice(start, end));
}
