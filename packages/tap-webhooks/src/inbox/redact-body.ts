import { MalformedBody } from '../bodies/body-rules.js';
import { type Redaction, Redactor, withheld } from '../bodies/redaction.js';
import { type Body, decodeJson, type Element, type ReadableBody } from './decode.js';

/** How much larger than the body its events may be, once digests are in the place of values. */
const MOST_GROWTH = 16;
const ALWAYS_ALLOWED = 256 * 1024;

/**
 * Returns the events without what must not be kept. Of an event that is no object, or is beyond a limit, only the length and a
 * keyed digest stay, and it has no node.
 */
export function redactBody(
  body: ReadableBody,
  redaction: Redaction,
): ReadableBody | Extract<Body, { malformed: string }> {
  const redactor = new Redactor(redaction);
  const texts: string[] = [];
  let free = MOST_GROWTH * body.text.length + ALWAYS_ALLOWED;
  for (const { text, start, end, node } of body.events) {
    const isObject = node?.kind === 'object';
    const kept = isObject
      ? redactor.redact(text, node)
      : withheld(redaction.key, Buffer.from(text.slice(start, end)));
    free -= kept.length;
    if (free < 0)
      return {
        malformed: `its events would be more than ${MOST_GROWTH} times as large with digests in them`,
        isOtherThanJson: true,
      };
    texts.push(kept);
  }
  const redacted = decodeJson(`[${texts.join(',')}]`, 'body');
  if (redacted === 'too_many_events') throw new MalformedBody('it has more events than before');
  return {
    ...redacted,
    events: redacted.events.map((event, index) => withoutNode(event, body.events[index])),
  };
}

/** @param sent the event before. */
function withoutNode(event: Element, sent: Element | undefined): Element {
  if (sent && sent.problem === undefined && isObjectText(sent)) return event;
  const { text, start, end } = event;
  return { text, start, end, node: undefined, problem: sent?.problem };
}

/** Looks at the text, since asking a large body for a node parses it. */
function isObjectText({ text, start }: Element): boolean {
  return text.charCodeAt(start) === 0x7b;
}
