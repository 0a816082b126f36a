import type { Field } from './fields.js';
import { namesOfExisting, secondName, splitBase } from './names.js';
import { digestOf, ownerOf } from './origin.js';

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
    const base = byName.get(splitBase(field.name.toLowerCase()) ?? '');
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
    (places.get(field) as number) + (splitBase(field.name) === undefined ? 0 : existing.length);
  for (const family of found.values()) if (family.length > 1) family.sort((a, b) => rank(a) - rank(b));
  return found;
}
