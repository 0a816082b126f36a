import { createHash } from 'node:crypto';
import { isSystemName } from '@tap-webhooks/singer';
import anyAscii from 'any-ascii';

/** Longest name of a column, in characters ("Column names", in BigQuery's "Specifying a schema"). */
const MAX_LENGTH = 300;
const RESERVED = [
  ...['_table_', '_file_', '_partition', '_row_timestamp', '__root__', '_colidentifier', '_field_'],
  ...['_change_sequence_number', '_change_type', '_change_timestamp'],
];

/**
 * A name that BigQuery takes: letters, digits and underscores, not beginning with a digit or a reserved prefix, at most 300
 * characters. Other alphabets are written in Latin letters. Other characters become underscores, since names with them need
 * quotes in every query and are not allowed everywhere. The result depends on the name alone; two names may have the same result.
 */
export function cleanName(original: string): string {
  return nameFrom(anyAscii(original.normalize('NFC')), original);
}

/** The name that earlier versions made, in which other alphabets became underscores. Existing tables have such columns. */
function formerName(original: string): string {
  return nameFrom(original.normalize('NFC'), original);
}

function nameFrom(text: string, original: string): string {
  let name = text.replace(/[^A-Za-z0-9_]+/gu, '_');
  if (name === '' || /^[0-9]/.test(name)) name = `_${name}`;
  while (isReserved(name)) name = `_${name}`;
  return name.length > MAX_LENGTH ? withDigest(name, original) : name;
}

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.some((prefix) => lower.startsWith(prefix));
}

/**
 * The name of a field's first column when no other column has it.
 * @param tableName at the row's own level: in a query the table's name means the whole row, so no column gets it.
 */
export function preferredName(source: string, tableName: string | undefined): string {
  return besideTable(cleanName(source), tableName);
}

function besideTable(name: string, tableName: string | undefined): string {
  return name.toLowerCase() === tableName?.toLowerCase() ? `${name}_` : name;
}

/**
 * Names, in lower case, that a field's first column may have when another column has the preferred one: that of today, then
 * that of earlier versions.
 */
export function secondNames(source: string, tableName: string | undefined): string[] {
  const names = [cleanName(source), formerName(source)];
  return names.map((name) => withDigest(besideTable(name, tableName), source).toLowerCase());
}

/**
 * Names, in lower case, by which an existing column is taken for a field's: the one that it would get today, then the one
 * that earlier versions gave it, then that of Stitch, which removes leading digits ("Naming conventions").
 */
export function namesOfExisting(source: string, tableName: string | undefined): string[] {
  const names = [cleanName(source), formerName(source)];
  if (/^[0-9]/.test(source)) names.push(cleanName(source.replace(/^[0-9]+/, '_')));
  return names.map((name) => besideTable(name, tableName).toLowerCase());
}

/** Of two fields with the same name when cleaned, all but the first get a part of the digest of their own name. */
function withDigest(name: string, original: string, length = 8): string {
  const digest = createHash('sha256').update(original).digest('hex').slice(0, length);
  return `${name.slice(0, MAX_LENGTH - length - 1)}_${digest}`;
}

/** A new column that needs a name. */
export interface Unnamed {
  /** Name of its field. */
  readonly source: string;
  /** The name that it gets when no other column has it. */
  readonly preferred: string;
}

/**
 * Names new columns of one table, or of one RECORD. Names differ in more than case. Of several fields with the same name, a system
 * column keeps it, else the first one whose name needs no cleaning, else the first one.
 * @param columns in the order in which their fields came.
 * @param taken names of the existing columns.
 */
export function nameColumns<T extends Unnamed>(
  columns: readonly T[],
  taken: Iterable<string>,
): Map<T, string> {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  const names = new Map<T, string>();
  for (const column of [...columns].sort(byRank)) {
    const { preferred, source } = column;
    let name = preferred.length > MAX_LENGTH ? withDigest(preferred, preferred) : preferred;
    for (let length = 8; used.has(name.toLowerCase()); length += 8) {
      name = withDigest(preferred, source, length);
    }
    used.add(name.toLowerCase());
    names.set(column, name);
  }
  return names;
}

/** Leaves columns of the same rank in their order. */
function byRank(a: Unnamed, b: Unnamed): number {
  const rank = ({ preferred, source }: Unnamed) => (preferred === source ? 0 : 1);
  return rank(a) - rank(b) || Number(isSystemName(b.source)) - Number(isSystemName(a.source));
}

/** Orders names of fields: those of system columns first, since queries rely on their names, the others by UTF-16 units. */
export function systemFirst(a: string, b: string): number {
  return Number(isSystemName(b)) - Number(isSystemName(a)) || (a < b ? -1 : a > b ? 1 : 0);
}
