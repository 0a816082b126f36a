import { createHash } from 'node:crypto';
import { isSystemName } from '@tap-webhooks/singer';

/** Longest name of a column, in characters ("Column names", in BigQuery's "Specifying a schema"). */
const MAX_LENGTH = 300;
const RESERVED = [
  ...['_table_', '_file_', '_partition', '_row_timestamp', '__root__', '_colidentifier', '_field_'],
  ...['_change_sequence_number', '_change_type', '_change_timestamp'],
];

/**
 * A name that BigQuery takes: letters, digits and underscores, not beginning with a digit or a reserved prefix, at most 300
 * characters. Other characters become underscores, since names with them need quotes in every query and are not allowed
 * everywhere. The result depends on the name alone; two names may have the same result.
 */
export function cleanName(original: string): string {
  let name = original.normalize('NFC').replace(/[^A-Za-z0-9_]+/gu, '_');
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
  const name = cleanName(source);
  return name.toLowerCase() === tableName?.toLowerCase() ? `${name}_` : name;
}

/** The name of a field's first column when another column has the preferred one. */
export function secondName(source: string, tableName: string | undefined): string {
  return withDigest(preferredName(source, tableName), source);
}

/**
 * Names, in lower case, by which an existing column is taken for a field's: the one that it would get today, then the one
 * that Stitch gave it, which removes leading digits ("Naming conventions").
 */
export function namesOfExisting(source: string, tableName: string | undefined): string[] {
  const names = [preferredName(source, tableName)];
  if (/^[0-9]/.test(source)) names.push(preferredName(source.replace(/^[0-9]+/, '_'), tableName));
  return names.map((name) => name.toLowerCase());
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
 * Names new columns of one table, or of one RECORD. Names differ in more than case, and do not depend on the order of the
 * fields. A field whose name needs no cleaning keeps it, and a system column keeps its name also when a field's differs from it in
 * case only.
 * @param taken names of the existing columns.
 */
export function nameColumns<T extends Unnamed>(
  columns: readonly T[],
  taken: Iterable<string>,
): Map<T, string> {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  const names = new Map<T, string>();
  for (const column of [...columns].sort(bySource)) {
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

function bySource(a: Unnamed, b: Unnamed): number {
  const rank = ({ preferred, source }: Unnamed) => (preferred === source ? 0 : 1);
  return rank(a) - rank(b) || systemFirst(a.source, b.source);
}

/** Orders names of fields: those of system columns first, since queries rely on their names, the others by UTF-16 units. */
export function systemFirst(a: string, b: string): number {
  return Number(isSystemName(b)) - Number(isSystemName(a)) || (a < b ? -1 : a > b ? 1 : 0);
}
