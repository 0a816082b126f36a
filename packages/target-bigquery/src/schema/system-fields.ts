import type { TableDefinition } from '@tap-webhooks/target-core';
import type { Families } from './families.js';
import { type FieldType, typeOf } from './fields.js';

/** Column for what no other column holds. */
export const EXTRA = '_sdc_extra';

/** Columns that queries of ours rely on, in every stream that has them. */
const TYPES: { readonly [name: string]: FieldType } = {
  _sdc_received_at: 'TIMESTAMP',
  _sdc_batched_at: 'TIMESTAMP',
  _sdc_sequence: 'INTEGER',
  _sdc_table_version: 'INTEGER',
  __sdc_primary_key: 'STRING',
};
/** They mean nothing in a stream that does not promise so. */
const IDENTITY: { readonly [name: string]: FieldType } = {
  _sdc_inbox: 'STRING',
  _sdc_position: 'INTEGER',
};

/** Names that are Stitch's, the SDK's or ours: they are columns even where a payload is loaded raw. */
export function isSystemField(name: string): boolean {
  return /^__?sdc_/.test(name);
}

/**
 * Columns that exist and cannot hold what the fence, the view or a reader counts on.
 * @param names of the fields in the schema.
 */
export function systemProblems(
  { hasIdentity }: TableDefinition,
  names: readonly string[],
  families: Families,
): string[] {
  const types = hasIdentity ? { ...TYPES, ...IDENTITY } : TYPES;
  const problems: string[] = [];
  for (const name of names) {
    const wanted = Object.hasOwn(types, name) ? types[name] : undefined;
    const field = families.get(name)?.[0];
    if (wanted === undefined || field === undefined) continue;
    if (typeOf(field) === wanted && field.mode !== 'REPEATED') continue;
    const found = field.mode === 'REPEATED' ? `REPEATED ${field.type}` : field.type;
    problems.push(`Column \`${field.name}\` is ${found}, and has to be ${wanted}.`);
  }
  return problems;
}
