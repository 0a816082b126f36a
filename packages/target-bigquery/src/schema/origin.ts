import { createHash } from 'node:crypto';
import type { Field } from './fields.js';

/** Longest description of a column, in characters. */
const MAX_LENGTH = 1024;
const LABEL = 'Source field: ';
const MARK = /(?:^|\n)Source field: (?:("(?:[^"\\]|\\.)*")|(sha256:[0-9a-f]{64}))$/;

/**
 * A description that also names the field a column stands for, as its last line: `Source field: "Total (EUR)"`. That line
 * is what makes a renamed column be found again, so it is never cut; a name too long for it is known by its digest.
 * A description that ends in such a line itself always gets ours behind it: only the last one counts.
 * @param isRenamed the column does not bear the field's own name.
 */
export function describe(
  description: string | undefined,
  source: string,
  isRenamed: boolean,
): string | undefined {
  const said = description && cut(description, MAX_LENGTH);
  if (!isRenamed && !(said && MARK.test(said))) return said;
  const quoted = LABEL + JSON.stringify(source);
  const mark = quoted.length <= MAX_LENGTH / 2 ? quoted : LABEL + digestOf(source);
  return description ? `${cut(description, MAX_LENGTH - mark.length - 1)}\n${mark}` : mark;
}

/** The field that the column's description names: its name, or the digest of it. */
export function ownerOf({ description }: Field): string | undefined {
  const match = description === undefined ? null : MARK.exec(description);
  if (match?.[1] === undefined) return match?.[2];
  try {
    return JSON.parse(match[1]) as string;
  } catch {
    return undefined; // somebody else's text
  }
}

/**
 * A column that exists, with the mark of its field: what the next run goes by, whatever fields come by then. Somebody's own
 * description is never cut for it: where there is no room the column stays as it is.
 */
export function marked(field: Field, source: string): Field {
  const description = describe(field.description, source, true) as string;
  return description.startsWith(field.description ?? '') ? { ...field, description } : field;
}

export function digestOf(source: string): string {
  return `sha256:${createHash('sha256').update(source).digest('hex')}`;
}

/** Not within a surrogate pair. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
