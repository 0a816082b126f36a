import { createHash } from 'node:crypto';

/** "Column names", in BigQuery's "Specifying a schema". */
const MAX_LENGTH = 300;
const RESERVED = [
  ...['_table_', '_file_', '_partition', '_row_timestamp', '__root__', '_colidentifier', '_field_'],
  ...['_change_sequence_number', '_change_type', '_change_timestamp'],
];

/** Stitch's suffixes for further columns of a field (Stitch, "Mixed data types"), and ours for JSON. */
const SPLIT = /^(.+)__(?:ar|bo|fl|it|js|nu|re|st|ti)$/s;

/** What the name of a further column was made from; undefined for other names. */
export function splitBase(name: string): string | undefined {
  return SPLIT.exec(name)?.[1];
}

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
