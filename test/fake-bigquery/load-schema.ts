import { invalid } from './refusal.js';
import { type FakeField, findField } from './schema.js';
import { countColumns } from './schema-rules.js';

/** What a load job may change in its table ("JobConfigurationLoad", schemaUpdateOptions). */
export interface Allowed {
  readonly addition: boolean;
  readonly relaxation: boolean;
}

/**
 * Returns the table's schema after a load job that brings its own schema. The columns must be those of the table, with their
 * types. New ones need ALLOW_FIELD_ADDITION, and a change from REQUIRED to NULLABLE needs ALLOW_FIELD_RELAXATION ("Modifying
 * table schemas", in a load append job). Columns that the job leaves out stay.
 * @throws Refusal `invalid`, which becomes the job's error.
 */
export function mergeSchema(
  table: string,
  old: readonly FakeField[],
  given: readonly FakeField[],
  allowed: Allowed,
): FakeField[] {
  const merged = merge(table, old, given, allowed, '');
  if (countColumns(merged) > 10_000) throw invalid('Too many columns: the limit is 10000.');
  return merged;
}

function merge(
  table: string,
  old: readonly FakeField[],
  given: readonly FakeField[],
  allowed: Allowed,
  path: string,
): FakeField[] {
  const mismatch = (why: string) => invalid(`Provided Schema does not match Table ${table}. ${why}`);
  const added = given.filter(({ name }) => findField(old, name) === undefined);
  for (const { name, mode } of added) {
    if (!allowed.addition) throw mismatch(`Cannot add fields (field: ${path}${name})`);
    if (mode === 'REQUIRED')
      throw mismatch(`Cannot add required fields to an existing schema. (field: ${path}${name})`);
  }
  const kept = old.map((field) => {
    const now = findField(given, field.name);
    if (now === undefined) return field;
    const name = path + field.name;
    if (now.type !== field.type)
      throw mismatch(`Field ${name} has changed type from ${field.type} to ${now.type}`);
    const isRelaxed = field.mode === 'REQUIRED' && now.mode === 'NULLABLE';
    if (now.mode !== field.mode && !(isRelaxed && allowed.relaxation))
      throw mismatch(`Field ${name} has changed mode from ${field.mode} to ${now.mode}`);
    const changed = { ...field, mode: now.mode };
    if (field.type !== 'RECORD') return changed;
    return { ...changed, fields: merge(table, field.fields ?? [], now.fields ?? [], allowed, `${name}.`) };
  });
  return [...kept, ...added];
}
