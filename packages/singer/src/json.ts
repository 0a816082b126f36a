import {
  afterNumber,
  afterSpace,
  afterString,
  afterWord,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  JsonError,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-text.js';
import { LIMIT } from './limits.js';

/**
 * Lossless JSON. `JSON.parse` rounds numbers and forgets how a string was escaped; here a document becomes a tree of
 * positions in its own text, so that every value can be passed on exactly as it was sent.
 */

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** One value: `text.slice(start, end)` is how it was written. */
export interface JsonNode {
  readonly kind: JsonKind;
  readonly start: number;
  readonly end: number;
  /** Of an object. A name that occurs twice has its last value (as with `JSON.parse`), in the place of the first. */
  readonly members?: readonly JsonMember[];
  /** Of an array. */
  readonly items?: readonly JsonNode[];
}

export interface JsonMember {
  /** Escapes decoded. */
  readonly name: string;
  /** The name as written, quotes included: `text.slice(nameStart, nameEnd)`. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly value: JsonNode;
}

/** From this many members on, a map finds a duplicate name quicker than a look at each. */
const MANY_MEMBERS = 12;

class Parser {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxItems: number;
  #at = 0;
  #depth = 0;

  constructor(text: string, maxDepth: number, maxItems: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#maxItems = maxItems;
  }

  valueAt(start: number): JsonNode {
    this.#at = start;
    return this.#value();
  }

  document(): JsonNode {
    this.#space();
    const node = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('expected the end of the text');
    return node;
  }

  #value(): JsonNode {
    const code = this.#text.charCodeAt(this.#at);
    switch (code) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#object();
      case OPEN_BRACKET:
        return this.#array();
      case 0x74:
        return this.#word('true', 'boolean');
      case 0x66:
        return this.#word('false', 'boolean');
      case 0x6e:
        return this.#word('null', 'null');
      default:
        return this.#number();
    }
  }

  #object(): JsonNode {
    const start = this.#enter();
    const members: JsonMember[] = [];
    let names: Map<string, number> | undefined;
    if (this.#closes(CLOSE_BRACE)) return { kind: 'object', start, end: this.#at, members };
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== QUOTE) this.#fail('expected a member name');
      const name = this.#string();
      const member = this.#member(name);
      if (names === undefined && members.length >= MANY_MEMBERS) names = indexNames(members);
      const earlier = names ? (names.get(member.name) ?? -1) : indexOfName(members, member.name);
      if (earlier >= 0) members[earlier] = member;
      else names?.set(member.name, members.push(member) - 1) ?? members.push(member);
      if (this.#endsList(CLOSE_BRACE)) return { kind: 'object', start, end: this.#at, members };
    }
  }

  #member(name: JsonNode): JsonMember {
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== COLON) this.#fail('expected a colon');
    this.#at += 1;
    this.#space();
    const value = this.#value();
    return { name: stringValue(this.#text, name), nameStart: name.start, nameEnd: name.end, value };
  }

  #array(): JsonNode {
    const start = this.#enter();
    const items: JsonNode[] = [];
    if (this.#closes(CLOSE_BRACKET)) return { kind: 'array', start, end: this.#at, items };
    for (;;) {
      items.push(this.#value());
      if (items.length > this.#maxItems && this.#depth === 1) {
        throw new JsonError('length', `an array of more than ${this.#maxItems} items`, start);
      }
      if (this.#endsList(CLOSE_BRACKET)) return { kind: 'array', start, end: this.#at, items };
    }
  }

  #enter(): number {
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) {
      throw new JsonError('depth', `nested deeper than ${this.#maxDepth} levels`, this.#at);
    }
    const start = this.#at;
    this.#at += 1;
    this.#space();
    return start;
  }

  #closes(bracket: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== bracket) return false;
    this.#at += 1;
    this.#depth -= 1;
    return true;
  }

  /** Call it after an item. @returns true at the closing bracket, false after a comma. */
  #endsList(bracket: number): boolean {
    this.#space();
    if (this.#closes(bracket)) return true;
    if (this.#text.charCodeAt(this.#at) !== COMMA) this.#fail('expected a comma or the end of the list');
    this.#at += 1;
    this.#space();
    return false;
  }

  #string(): JsonNode {
    const start = this.#at;
    this.#at = afterString(this.#text, start);
    return { kind: 'string', start, end: this.#at };
  }

  #number(): JsonNode {
    const start = this.#at;
    this.#at = afterNumber(this.#text, start);
    return { kind: 'number', start, end: this.#at };
  }

  #word(word: string, kind: JsonKind): JsonNode {
    const start = this.#at;
    this.#at = afterWord(this.#text, start, word);
    return { kind, start, end: this.#at };
  }

  #space(): void {
    if (this.#text.charCodeAt(this.#at) <= 0x20) this.#at = afterSpace(this.#text, this.#at);
  }

  #fail(message: string): never {
    throw new JsonError('syntax', message, this.#at);
  }
}

function indexOfName(members: readonly JsonMember[], name: string): number {
  for (let i = 0; i < members.length; i += 1) if (members[i]?.name === name) return i;
  return -1;
}

function indexNames(members: readonly JsonMember[]): Map<string, number> {
  return new Map(members.map((member, index) => [member.name, index]));
}

/**
 * Parses strictly by RFC 8259.
 * @param options.maxDepth levels of arrays and objects, 100 by default (recursion stays far from the stack's end).
 * @param options.maxItems of an array that is the whole text; any number by default.
 * @throws JsonError
 */
export function parseJson(text: string, options: { maxDepth?: number; maxItems?: number } = {}): JsonNode {
  return new Parser(
    text,
    options.maxDepth ?? LIMIT.eventLevels,
    options.maxItems ?? Number.POSITIVE_INFINITY,
  ).document();
}

/**
 * Parses the value that begins at `start` in a longer text, which may go on after it.
 * @throws JsonError
 */
export function parseJsonAt(text: string, start: number): JsonNode {
  return new Parser(text, LIMIT.eventLevels, Number.POSITIVE_INFINITY).valueAt(start);
}

/** Decoded value of a string node. */
export function stringValue(text: string, node: JsonNode): string {
  const inner = text.slice(node.start + 1, node.end - 1);
  return inner.includes('\\') ? (JSON.parse(text.slice(node.start, node.end)) as string) : inner;
}

/**
 * The value as it was written, on one line: without white space outside strings and without the earlier values of
 * duplicate names.
 */
export function compact(text: string, node: JsonNode): string {
  if (node.kind === 'object') return compactObject(text, node);
  if (node.kind === 'array') return compactArray(text, node);
  return text.slice(node.start, node.end);
}

function compactObject(text: string, node: JsonNode): string {
  const parts = (node.members ?? []).map(
    (member) => `${text.slice(member.nameStart, member.nameEnd)}:${compact(text, member.value)}`,
  );
  return `{${parts.join(',')}}`;
}

function compactArray(text: string, node: JsonNode): string {
  return `[${(node.items ?? []).map((item) => compact(text, item)).join(',')}]`;
}
