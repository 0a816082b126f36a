import { invalid } from './refusal.js';
import { type FakeField, findField, typeNamed } from './schema.js';

/** Most columns, leaves and RECORDs together ("Quotas and limits", tables). */
const MOST_COLUMNS = 10_000;
/** Most levels of RECORD ("Specify nested and repeated columns"). */
const DEEPEST = 15;
/** Longest column name ("Specifying a schema", column names). */
const LONGEST_NAME = 300;
/** Longest description ("TableFieldSchema", description). */
const LONGEST_DESCRIPTION = 1024;
/** "Specifying a schema", flexible column names: Unicode letters, numbers, connectors, dashes, marks, and some signs. */
const NAME = /^[\p{L}\p{N}\p{Pc}\p{Pd}\p{M}&%=+:'<>#| ]+$/u;
/** "Specifying a schema", column names: prefixes that are reserved, in any case. */
const RESERVED =
  /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i;

/**
 * Reads the schema of a request.
 * @throws Refusal 400 for one that the service does not take.
 */
export function readSchema(fields: unknown): FakeField[] {
  const read = readFields(fields, 1, '');
  if (countColumns(read) > MOST_COLUMNS) throw invalid(`Too many columns: the limit is ${MOST_COLUMNS}.`);
  return read;
}

export function countColumns(fields: readonly FakeField[]): number {
  return fields.reduce((count, field) => count + 1 + countColumns(field.fields ?? []), 0);
}

function readFields(fields: unknown, depth: number, path: string): FakeField[] {
  if (!Array.isArray(fields)) throw invalid('Schema has no fields.');
  if (depth > DEEPEST + 1)
    throw invalid(`Field ${path} is nested too deeply: the limit is ${DEEPEST} levels.`);
  const names = new Set<string>();
  return fields.map((raw: unknown) => {
    const field = readField(raw, depth, path);
    const folded = field.name.toLowerCase(); // "Specifying a schema": names are case-insensitive
    if (names.has(folded)) throw invalid(`Field ${field.name} already exists in schema`);
    names.add(folded);
    return field;
  });
}

function readField(raw: unknown, depth: number, path: string): FakeField {
  const { name, type: rawType, mode: rawMode, fields, ...rest } = raw as Record<string, unknown>;
  checkName(name);
  const where = path === '' ? name : `${path}.${name}`;
  const type = typeNamed(rawType);
  if (type === undefined) throw invalid(`Invalid value for type: ${rawType} is not a valid value`);
  const mode = String(rawMode ?? 'NULLABLE').toUpperCase();
  if (mode !== 'NULLABLE' && mode !== 'REQUIRED' && mode !== 'REPEATED')
    throw invalid(`Invalid value for mode: ${mode} is not a valid value`);
  if (typeof rest.description === 'string' && rest.description.length > LONGEST_DESCRIPTION)
    throw invalid(`Description of field ${where} is longer than ${LONGEST_DESCRIPTION} characters.`);
  const kept = rest as Pick<FakeField, 'description' | 'maxLength'>;
  if (type !== 'RECORD') return { ...kept, name, type, mode };
  if (!Array.isArray(fields) || fields.length === 0)
    throw invalid(`Field ${where} is type RECORD but has no schema`);
  return { ...kept, name, type, mode, fields: readFields(fields, depth + 1, where) };
}

function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '') throw invalid('A field has no name.');
  if (name.length > LONGEST_NAME)
    throw invalid(`Invalid field name "${name.slice(0, 40)}…": it is too long.`);
  if (!NAME.test(name))
    throw invalid(
      `Invalid field name "${name}". Fields must contain the allowed characters, and be at most 300 characters long.`,
    );
  if (RESERVED.test(name)) throw invalid(`Invalid field name "${name}". Field name has a reserved prefix.`);
}

/**
 * Returns the schema of a table after a patch ("Modifying table schemas"). Every old field must stay, with its type. New ones
 * must not be REQUIRED, and REQUIRED may become NULLABLE.
 * @throws Refusal 400.
 */
export function patchSchema(
  table: string,
  old: readonly FakeField[],
  wanted: readonly FakeField[],
  path = '',
): FakeField[] {
  const mismatch = (why: string) => invalid(`Provided Schema does not match Table ${table}. ${why}`);
  for (const field of old) {
    const now = findField(wanted, field.name);
    const name = path + field.name;
    if (now === undefined) throw mismatch(`Field ${name} is missing in new schema`);
    if (now.type !== field.type) {
      throw mismatch(`Field ${name} has changed type from ${field.type} to ${now.type}`);
    }
    if (now.mode !== field.mode && !(field.mode === 'REQUIRED' && now.mode === 'NULLABLE'))
      throw mismatch(`Field ${name} has changed mode from ${field.mode} to ${now.mode}`);
  }
  const added = wanted.filter(({ name }) => findField(old, name) === undefined);
  for (const { name, mode } of added) {
    if (mode === 'REQUIRED')
      throw mismatch(`Cannot add required fields to an existing schema. (field: ${path}${name})`);
  }
  return [
    ...old.map((field) => {
      const now = findField(wanted, field.name) as FakeField;
      if (field.type !== 'RECORD') return { ...now, name: field.name };
      const fields = patchSchema(table, field.fields ?? [], now.fields ?? [], `${path}${field.name}.`);
      return { ...now, name: field.name, fields };
    }),
    ...added,
  ];
}
