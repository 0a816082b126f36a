import { createHash } from 'node:crypto';
import { splitOrigin } from '@tap-webhooks/singer';
import type { Field } from './types.js';

/** Longest description of a column, in characters. */
const MAX_DESCRIPTION = 1024;
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
  const said = description && cut(description, MAX_DESCRIPTION);
  if (!isRenamed && !(said && MARK.test(said))) return said;
  const quoted = LABEL + JSON.stringify(source);
  const mark = quoted.length <= MAX_DESCRIPTION / 2 ? quoted : LABEL + digestOf(source);
  return description ? `${cut(description, MAX_DESCRIPTION - mark.length - 1)}\n${mark}` : mark;
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

/** "Column names", in BigQuery's "Specifying a schema". */
const MAX_LENGTH = 300;
const RESERVED = [
  ...['_table_', '_file_', '_partition', '_row_timestamp', '__root__', '_colidentifier', '_field_'],
  ...['_change_sequence_number', '_change_type', '_change_timestamp'],
];

/**
 * A name that BigQuery takes: letters, digits and underscores, not beginning with a digit or a reserved prefix, at most 300
 * characters. Other characters become underscores, since names with them need quoting in every query and are not allowed
 * everywhere. The same for a name at every time; two names may come to the same one.
 */
export function cleanName(original: string): string {
  let name = original.normalize('NFC').replace(/[^A-Za-z0-9_]+/gu, '_');
  if (name === '' || /^[0-9]/.test(name)) name = `_${name}`;
  while (isReserved(name)) name = `_${name}`;
  return name.length > MAX_LENGTH ? withHash(name, original) : name;
}

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.some((prefix) => lower.startsWith(prefix));
}

/**
 * What the first column of a field is called when the name is free.
 * @param tableName at the row's own level: in a query the table's name means the whole row, so no column gets it.
 */
export function wishedName(source: string, tableName: string | undefined): string {
  const name = cleanName(source);
  return name.toLowerCase() === tableName?.toLowerCase() ? `${name}_` : name;
}

/**
 * What a column that exists may be called to be a field's, in this order, in lower case: what it would get today, or what
 * Stitch gave it, which removes leading digits ("Naming conventions").
 */
export function namesOfExisting(source: string, tableName: string | undefined): string[] {
  const names = [wishedName(source, tableName)];
  if (/^[0-9]/.test(source)) names.push(wishedName(source.replace(/^[0-9]+/, '_'), tableName));
  return names.map((name) => name.toLowerCase());
}

/** And when it is not. */
export function secondName(source: string, tableName: string | undefined): string {
  return withHash(wishedName(source, tableName), source);
}

/** Two fields that come to one name: all but the first get some of the digest of what they were called. */
function withHash(name: string, original: string, length = 8): string {
  const hash = createHash('sha256').update(original).digest('hex').slice(0, length);
  return `${name.slice(0, MAX_LENGTH - length - 1)}_${hash}`;
}

/** A column that needs a name. */
export interface NameWish {
  /** Name of the field it stands for. */
  readonly source: string;
  /** What it is called when the name is free. */
  readonly wish: string;
}

/**
 * Names for new columns of one table, or of one RECORD: unique whatever the case, and the same in whatever order the fields
 * come. A field whose name needs no cleaning keeps it.
 * @param taken names that are in use.
 */
export function nameColumns<T extends NameWish>(
  wishes: readonly T[],
  taken: Iterable<string>,
): Map<T, string> {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  const names = new Map<T, string>();
  for (const wish of [...wishes].sort(bySource)) {
    let name = wish.wish.length > MAX_LENGTH ? withHash(wish.wish, wish.wish) : wish.wish;
    for (let length = 8; used.has(name.toLowerCase()); length += 8) {
      name = withHash(wish.wish, wish.source, length);
    }
    used.add(name.toLowerCase());
    names.set(wish, name);
  }
  return names;
}

function bySource(a: NameWish, b: NameWish): number {
  const isKept = (wish: NameWish) => (wish.wish === wish.source ? 0 : 1);
  return isKept(a) - isKept(b) || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);
}

/** Columns that exist, by the name of the field they stand for; the field's first column first. */
export type Families = ReadonlyMap<string, readonly Field[]>;

/**
 * Whose columns are they? What a column's description says wins; else it is the field of the very same name, else the one
 * whose digest it bears, else one that would get this name today, or had it from Stitch: of several the first in alphabetical
 * order (by UTF-16 units). That last choice depends on which fields there are, so the plan writes it into the description. A
 * name with a split suffix belongs to the field it was split from. Any other column stands for a field of its own name, which
 * rows may have though the schema does not tell of it.
 * @param sources names of the fields in the schema.
 * @param tableName at the row's own level.
 */
export function familiesOf(
  existing: readonly Field[],
  sources: readonly string[],
  tableName: string | undefined,
): Families {
  const owners = new Map<Field, string>();
  const found = new Map<string, Field[]>();
  const byDigest = new Map<string, string>();
  const own = (field: Field, source: string) => {
    owners.set(field, source);
    const family = found.get(source);
    if (family) family.push(field);
    else found.set(source, [field]);
  };
  for (const field of existing) {
    const owner = ownerOf(field);
    if (owner?.startsWith('sha256:') && byDigest.size === 0) {
      for (const source of sources) byDigest.set(digestOf(source), source);
    }
    if (owner !== undefined) own(field, byDigest.get(owner) ?? owner);
  }
  const isFree = (field: Field) => !owners.has(field);
  const known = new Set(sources);
  for (const field of existing.filter(isFree)) if (known.has(field.name)) own(field, field.name);
  const byWish = new Map(existing.filter(isFree).map((field) => [field.name.toLowerCase(), field]));
  const inTurn = [...sources].sort();
  const match = (namesOf: (source: string) => readonly (string | undefined)[]) => {
    for (const source of inTurn) {
      if (found.has(source)) continue;
      const name = namesOf(source).find((wish) => wish !== undefined && byWish.has(wish));
      if (name === undefined) continue;
      own(byWish.get(name) as Field, source);
      byWish.delete(name);
    }
  };
  match((source) => [secondName(source, tableName).toLowerCase()]);
  match((source) => [namesOfExisting(source, tableName)[0]]);
  match((source) => namesOfExisting(source, tableName));
  const byName = new Map(existing.map((field) => [field.name.toLowerCase(), field]));
  for (const field of existing.filter(isFree)) {
    const base = byName.get(splitOrigin(field.name.toLowerCase()) ?? '');
    own(field, (base && owners.get(base)) ?? base?.name ?? field.name);
  }
  return inOrder(existing, found);
}

/**
 * Was a column found by what its field would be called? That may be another field's as well on another day, unlike the
 * field's own name or its digest.
 */
export function isByWish(field: Field, source: string, tableName: string | undefined): boolean {
  if (field.name === source || ownerOf(field) !== undefined) return false;
  return namesOfExisting(source, tableName).includes(field.name.toLowerCase());
}

/** Further columns behind the first ones, each in the table's order. */
function inOrder(existing: readonly Field[], found: ReadonlyMap<string, Field[]>): Families {
  const places = new Map(existing.map((field, index) => [field, index]));
  const rank = (field: Field) =>
    (places.get(field) as number) + (splitOrigin(field.name) === undefined ? 0 : existing.length);
  for (const family of found.values()) if (family.length > 1) family.sort((a, b) => rank(a) - rank(b));
  return found;
}
