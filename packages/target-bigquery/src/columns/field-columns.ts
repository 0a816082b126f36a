import { createHash } from 'node:crypto';
import { splitOrigin } from '@tap-webhooks/singer';
import { namesOfExisting, secondNames, systemFirst } from './names.js';
import type { Field } from './types.js';

/**
 * The existing columns of each field, by the name of the field. A field has several when its values have had several types.
 * Its first column comes first, followed by its split columns in the table's order.
 */
export type FieldColumns = ReadonlyMap<string, readonly Field[]>;

/**
 * Finds out which field each existing column is for. The description of the column decides; else the column is for the field
 * of exactly its name, else for the one whose digest its name ends in, else for one that would get this name today or had it
 * from an earlier version or Stitch: of several a system column, else the first in alphabetical order (by UTF-16 units). That last choice depends on which fields exist,
 * so the plan writes it into the description. A name with a split suffix belongs to the field it was split from. Any other
 * column is for a field of its own name: rows may have one that the schema does not mention.
 * @param sources names of the fields in the schema.
 * @param tableName at the row's own level.
 */
export function columnsByField(
  existing: readonly Field[],
  sources: readonly string[],
  tableName: string | undefined,
): FieldColumns {
  const fieldOf = new Map<Field, string>();
  const found = new Map<string, Field[]>();
  const byDigest = new Map<string, string>();
  const assign = (column: Field, source: string) => {
    fieldOf.set(column, source);
    const columns = found.get(source);
    if (columns) columns.push(column);
    else found.set(source, [column]);
  };
  for (const column of existing) {
    const named = fieldInDescription(column);
    if (named?.startsWith('sha256:') && byDigest.size === 0) {
      for (const source of sources) byDigest.set(digestOf(source), source);
    }
    if (named !== undefined) assign(column, byDigest.get(named) ?? named);
  }
  const isFree = (column: Field) => !fieldOf.has(column);
  const known = new Set(sources);
  for (const column of existing.filter(isFree)) if (known.has(column.name)) assign(column, column.name);
  const byName = new Map(existing.filter(isFree).map((column) => [column.name.toLowerCase(), column]));
  const sorted = [...sources].sort(systemFirst);
  const match = (namesOf: (source: string) => readonly (string | undefined)[]) => {
    for (const source of sorted) {
      if (found.has(source)) continue;
      const name = namesOf(source).find((candidate) => candidate !== undefined && byName.has(candidate));
      if (name === undefined) continue;
      assign(byName.get(name) as Field, source);
      byName.delete(name);
    }
  };
  match((source) => secondNames(source, tableName));
  match((source) => [namesOfExisting(source, tableName)[0]]);
  match((source) => namesOfExisting(source, tableName));
  const everyName = new Map(existing.map((column) => [column.name.toLowerCase(), column]));
  for (const column of existing.filter(isFree)) {
    const origin = everyName.get(splitOrigin(column.name.toLowerCase()) ?? '');
    assign(column, (origin && fieldOf.get(origin)) ?? origin?.name ?? column.name);
  }
  return inOrder(existing, found);
}

/** Sorts the columns of each field: first columns before split columns, both in the table's order. */
function inOrder(existing: readonly Field[], found: ReadonlyMap<string, Field[]>): FieldColumns {
  const indexes = new Map(existing.map((column, index) => [column, index]));
  const rank = (column: Field) =>
    (indexes.get(column) as number) + (splitOrigin(column.name) === undefined ? 0 : existing.length);
  for (const columns of found.values()) if (columns.length > 1) columns.sort((a, b) => rank(a) - rank(b));
  return found;
}

/**
 * Returns true when a column was found only because its name is one that the field would get. A later field might get that name
 * too, which cannot happen with a field's own name or its digest.
 */
export function isFoundByLikeness(column: Field, source: string, tableName: string | undefined): boolean {
  if (column.name === source || fieldInDescription(column) !== undefined) return false;
  return namesOfExisting(source, tableName).includes(column.name.toLowerCase());
}

/** Longest description of a column, in characters. */
const MAX_DESCRIPTION = 1024;
const LABEL = 'Source field: ';
const LAST_LINE = /(?:^|\n)Source field: (?:("(?:[^"\\]|\\.)*")|(sha256:[0-9a-f]{64}))$/;

/**
 * Returns a description that also names the field of a column, as its last line: `Source field: "Total (EUR)"`. By that line a
 * renamed column is found again, so the line is never cut. A name that is too long for it is replaced by its digest. If a
 * description already ends in such a line, ours is added after it: only the last one counts.
 * @param isRenamed true when the column does not have the field's own name.
 */
export function columnDescription(
  description: string | undefined,
  source: string,
  isRenamed: boolean,
): string | undefined {
  const text = description && cut(description, MAX_DESCRIPTION);
  if (!isRenamed && !(text && LAST_LINE.test(text))) return text;
  const quoted = LABEL + JSON.stringify(source);
  const line = quoted.length <= MAX_DESCRIPTION / 2 ? quoted : LABEL + digestOf(source);
  return description ? `${cut(description, MAX_DESCRIPTION - line.length - 1)}\n${line}` : line;
}

/** Returns the field that the column's description names: its name, or the digest of the name. */
export function fieldInDescription({ description }: Field): string | undefined {
  const match = description === undefined ? null : LAST_LINE.exec(description);
  if (match?.[1] === undefined) return match?.[2];
  try {
    return JSON.parse(match[1]) as string;
  } catch {
    return undefined; // written by somebody else
  }
}

/**
 * Returns the column with the name of its field in the description, so that the next run finds it even if fields were added.
 * A description that others wrote is never cut for it: where there is no room, the column stays as it is.
 */
export function withFieldInDescription(column: Field, source: string): Field {
  const description = columnDescription(column.description, source, true) as string;
  return description.startsWith(column.description ?? '') ? { ...column, description } : column;
}

function digestOf(source: string): string {
  return `sha256:${createHash('sha256').update(source).digest('hex')}`;
}

/** Returns the beginning of a text, not cut within a surrogate pair. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
