import { createHmac } from 'node:crypto';
import { compact, type JsonNode, stringValue } from '@tap-webhooks/singer';

/** Which fields of an event must not be kept. Plain data, since it crosses threads; it is never stored or logged. */
export interface Redaction {
  /** Paths of fields that are left out. An array adds no step: the path goes on in each of its items. */
  readonly drop: readonly (readonly string[])[];
  /** Paths of fields that are replaced by a keyed digest. */
  readonly hash: readonly (readonly string[])[];
  readonly key: string;
}

/** A keyed digest: HMAC-SHA256, hex. */
export function keyedDigest(key: string, data: string | Uint8Array): string {
  return createHmac('sha256', key).update(data).digest('hex');
}

/**
 * Returns what the quarantine holds in place of something that may contain what must not be kept: JSON with its length and a
 * keyed digest of it.
 */
export function withheld(key: string, bytes: Uint8Array): string {
  return JSON.stringify({ withheld_bytes: bytes.length, hmac_sha256: keyedDigest(key, bytes) });
}

const WITHHELD = /^\{"withheld_bytes":\d+,"hmac_sha256":"[0-9a-f]{64}"\}$/;

/** True for what `withheld` returns. */
export function isWithheld(bytes: Uint8Array): boolean {
  return bytes.length < 200 && WITHHELD.test(Buffer.from(bytes).toString('latin1'));
}

/** What becomes of the fields below one level. */
interface Rule {
  readonly fate?: 'drop' | 'hash';
  readonly below: Map<string, Rule>;
}

/** Leaves fields of events out, or replaces them by keyed digests, before anything of the event is stored. */
export class Redactor {
  readonly #key: string;
  readonly #isAgain: boolean;
  readonly #root: Rule = { below: new Map() };

  /** @param isAgain the events may have digests already, which stay as they are. */
  constructor({ drop, hash, key }: Redaction, isAgain = false) {
    this.#key = key;
    this.#isAgain = isAgain;
    for (const path of hash) plant(this.#root, path, 'hash');
    for (const path of drop) plant(this.#root, path, 'drop');
  }

  /** Returns the event without those fields, as JSON text. @param node the event in `text`. */
  redact(text: string, node: JsonNode): string {
    return this.#rewrite(text, node, this.#root);
  }

  #rewrite(text: string, node: JsonNode, rule: Rule): string {
    if (node.kind === 'array')
      return `[${(node.items ?? []).map((item) => this.#rewrite(text, item, rule)).join(',')}]`;
    if (node.kind !== 'object') return text.slice(node.start, node.end);
    const members = (node.members ?? []).flatMap(({ name, nameStart, nameEnd, value }) => {
      const found = rule.below.get(name);
      if (found?.fate === 'drop') return [];
      const written =
        found === undefined
          ? compact(text, value)
          : found.fate === 'hash'
            ? this.#hash(text, value)
            : this.#rewrite(text, value, found);
      return [`${text.slice(nameStart, nameEnd)}:${written}`];
    });
    return `{${members.join(',')}}`;
  }

  /** Null stays null. */
  #hash(text: string, node: JsonNode): string {
    if (node.kind === 'null') return 'null';
    const written = plainText(text, node);
    if (this.#isAgain && /^[0-9a-f]{64}$/.test(written)) return JSON.stringify(written);
    return JSON.stringify(keyedDigest(this.#key, written));
  }
}

/** What is digested: the characters of a text, anything else as it was written. So `5` and `"5"` have the same digest. */
function plainText(text: string, node: JsonNode): string {
  return node.kind === 'string' ? stringValue(text, node) : compact(text, node);
}

function plant(root: Rule, path: readonly string[], fate: 'drop' | 'hash'): void {
  let rule = root;
  for (const [index, name] of path.entries()) {
    const before = rule.below.get(name);
    const isEnd = index === path.length - 1;
    const next: Rule = { ...before, below: before?.below ?? new Map(), ...(isEnd && { fate }) };
    rule.below.set(name, next);
    rule = next;
  }
}
