import { MalformedBody } from '../bodies/body-rules.js';
import { mostCharacters } from '../bodies/growth.js';
import { type Redaction, Redactor, withheld } from '../bodies/redaction.js';
import { type Body, decodeJson, type Element, type ReadableBody, treeOf } from './decode.js';

/**
 * Returns the events without what must not be kept. Of an event that is no object, or is beyond a limit, only the length and a
 * keyed digest stay, and it has no node.
 * @param isAgain see `Redactor`.
 */
export function redactBody(
  body: ReadableBody,
  redaction: Redaction,
  isAgain = false,
): ReadableBody | Extract<Body, { malformed: string }> {
  const redactor = new Redactor(redaction, isAgain);
  const texts: string[] = [];
  let free = mostCharacters(body.text.length);
  for (const event of body.events) {
    const { text, start, end } = event;
    const kept = canBeRedacted(event)
      ? redactor.redact(text, treeOf(event))
      : withheld(redaction.key, Buffer.from(text.slice(start, end)));
    free -= kept.length;
    if (free < 0)
      return { malformed: 'its events would be too large with digests in them', isOtherThanJson: true };
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
  if (sent && canBeRedacted(sent)) return event;
  const { text, start, end } = event;
  return { text, start, end, node: undefined, problem: sent?.problem };
}

/** True for an object within the limits. It looks at the text, since asking an event of a large body for its node parses it. */
function canBeRedacted({ text, start, problem }: Element): boolean {
  return problem === undefined && text.charCodeAt(start) === 0x7b;
}
