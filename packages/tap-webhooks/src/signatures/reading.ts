import { JsonCursor } from '@tap-webhooks/singer';
import { textOfUtf8 } from '../bodies/charset.js';
import type { Place } from './scheme.js';
import type { SignedRequest } from './signature.js';

/** A form of more fields is not read: sorting it would take longer than a sender may cost. */
const MOST_FIELDS = 10_000;

const FORM = 'application/x-www-form-urlencoded';

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;

/** One reading of a request: with the body as it was sent, or as it was before it was compressed. */
export class Reading {
  readonly request: SignedRequest;
  readonly body: Uint8Array;
  #text: string | undefined;

  constructor(request: SignedRequest, body: Uint8Array) {
    this.request = request;
    this.body = body;
  }

  /** Returns the values at a place, without prefix and white space. Undefined when there is nothing at all. */
  valuesAt(place: Place): string[] | undefined {
    const found = this.#textsAt(place);
    if (found.length === 0) return undefined;
    return found.flatMap((text) => itemsOf(text, place)).map((item) => withoutPrefix(item, place.prefix));
  }

  /** Returns the one value at a place, such as an id. Of several it is the first, or the first that has the prefix. */
  valueAt(place: Place): string | undefined {
    const { prefix, separator } = place;
    const [text] = this.#textsAt(place);
    if (text === undefined || (prefix ?? separator) === undefined) return text;
    const item = itemsOf(text, place).find((one) => startsWith(one, prefix ?? ''));
    return item?.slice(prefix?.length);
  }

  /** Returns the text of a string or a number in a JSON body. Of other bodies the result means nothing. */
  member(path: string): string | undefined {
    let text: string | undefined = this.#bodyText();
    for (const name of path.split('.')) text = text === undefined ? undefined : memberOf(text, name);
    return text === undefined ? undefined : scalarOf(text);
  }

  /** Is the body a form, by its declared type? */
  isForm(): boolean {
    return this.request.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase() === FORM;
  }

  /** Returns names and values of a form, sorted by name, with nothing between them; equal fields once. Undefined for too many. */
  sortedFields(): string | undefined {
    const fields = this.#bodyText().split('&', MOST_FIELDS + 1);
    if (fields.length > MOST_FIELDS) return undefined;
    const pairs = [...new URLSearchParams(fields.join('&'))];
    const unique = new Map(pairs.map((pair) => [JSON.stringify(pair), pair]));
    return [...unique.values()]
      .sort(([name, value], [other, another]) => compare(name, other) || compare(value, another))
      .map(([name, value]) => name + value)
      .join('');
  }

  #textsAt({ header, body, query }: Place): string[] {
    if (header !== undefined) {
      const names = typeof header === 'string' ? [header] : header;
      return present(names.map((name) => this.request.header(name.toLowerCase())));
    }
    if (body !== undefined) return present([this.member(body)]);
    return query === undefined ? [] : present([this.#parameter(query)]);
  }

  #parameter(name: string): string | undefined {
    const { path } = this.request;
    const start = path.indexOf('?');
    return start < 0 ? undefined : (new URLSearchParams(path.slice(start + 1)).get(name) ?? undefined);
  }

  #bodyText(): string {
    this.#text ??= textOfUtf8(this.body);
    return this.#text;
  }
}

function present(texts: readonly (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined);
}

function itemsOf(text: string, { separator = ',' }: Place): string[] {
  return text.split(separator).map(trimmed);
}

/**
 * Returns the item without spaces and commas around it: headers of one name are joined by a comma, which is never part of a
 * value. No regular expression does this in linear time.
 */
function trimmed(item: string): string {
  let start = 0;
  let end = item.length;
  while (start < end && isAround(item.charCodeAt(start))) start += 1;
  while (start < end && isAround(item.charCodeAt(end - 1))) end -= 1;
  return item.slice(start, end);
}

const SPACE = 0x20;
const COMMA = 0x2c;

function isAround(code: number): boolean {
  return code <= SPACE || code === COMMA;
}

/** A value without the prefix is returned as it is: it must fit all the same. */
function withoutPrefix(item: string, prefix = ''): string {
  return startsWith(item, prefix) ? item.slice(prefix.length) : item;
}

function startsWith(item: string, prefix: string): boolean {
  return item.startsWith(prefix) || item.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase();
}

/** Returns the text of a member's value, of the last one of that name. Builds nothing, since the sender is not known yet. */
function memberOf(text: string, name: string): string | undefined {
  const cursor = new JsonCursor();
  cursor.open(text);
  if (cursor.peek() !== OPEN_BRACE) return undefined;
  cursor.at += 1;
  let found: string | undefined;
  while (cursor.peek() === QUOTE) {
    const isSought = cursor.string() === name;
    cursor.space();
    cursor.at += 1; // the colon
    cursor.space();
    const start = cursor.at;
    if (start >= text.length) break;
    cursor.skip();
    if (isSought) found = text.slice(start, cursor.at);
    cursor.space();
    cursor.at += 1; // a comma, or the end of the object
  }
  return found;
}

function scalarOf(text: string): string | undefined {
  if (/^-?[0-9]/.test(text)) return text;
  if (!text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
