import { memberSlices } from '@tap-webhooks/singer';
import { fieldInDescription } from '../../packages/target-bigquery/dist/columns/field-columns.js';
import type { Field } from '../../packages/target-bigquery/dist/columns/types.js';
import type { FakeField } from '../fake-bigquery/schema.js';
import type { StoredTable } from '../fake-bigquery/stored-table.js';
import { shownRow } from '../fake-bigquery/values/shown.js';
import { JsonValue, type StoredRow, type Value } from '../fake-bigquery/values/value.js';

const EXTRA = '_sdc_extra';
const NUMBERS: ReadonlySet<string> = new Set(['INTEGER', 'NUMERIC', 'BIGNUMERIC', 'FLOAT']);

/** A value that is about to become text. A string here is already JSON. */
type Tree = string | Tree[] | Map<string, Tree>;

/**
 * Returns each row of a table as the JSON text that a tap would have sent: numbers bare, digit for digit, and values from
 * `_sdc_extra` back in their place. Nulls are absent, since a column cannot tell null from absence.
 */
export function rowTexts({ fields, rows }: StoredTable): string[] {
  return rows.map((row) => {
    const tree = treeOf(
      row,
      fields.filter(({ name }) => name !== EXTRA),
    );
    const extra = row[EXTRA];
    if (extra instanceof JsonValue) {
      for (const { name, start, end } of memberSlices(extra.text))
        put(tree, stepsOf(name), extra.text.slice(start, end));
    }
    return textOf(tree);
  });
}

function treeOf(row: StoredRow, fields: readonly FakeField[]): Map<string, Tree> {
  const tree = new Map<string, Tree>();
  for (const field of fields) {
    const value = row[field.name];
    if (value !== undefined)
      tree.set(fieldInDescription(field as Field) ?? field.name, valueTree(value, field));
  }
  return tree;
}

function valueTree(value: Value, field: FakeField): Tree {
  if (Array.isArray(value)) return value.map((item) => valueTree(item, field));
  if (value instanceof JsonValue) return value.text;
  if (field.type === 'RECORD') return treeOf(value as StoredRow, field.fields ?? []);
  if (NUMBERS.has(field.type)) return String(value);
  return JSON.stringify(shownRow({ value } as StoredRow).value);
}

/** Splits `a.b[2].c` into steps; `\` protects characters that belong to a name. */
function stepsOf(path: string): Array<string | number> {
  const parts = path.matchAll(/\[(\d+)\]|((?:\\.|[^.[\\])+)/gs);
  return [...parts].map(([, index, name = '']) =>
    index === undefined ? name.replace(/\\(.)/gs, '$1') : Number(index),
  );
}

function put(tree: Tree, [step, ...rest]: Array<string | number>, text: string): void {
  if (step === undefined || typeof tree === 'string') throw new Error(`no place for ${text}`);
  const child = tree instanceof Map ? tree.get(String(step)) : tree[Number(step)];
  if (rest.length > 0 && child !== undefined) put(child, rest, text);
  else if (tree instanceof Map) tree.set(String(step), text);
  else tree[Number(step)] = text;
}

function textOf(tree: Tree): string {
  if (typeof tree === 'string') return tree;
  if (Array.isArray(tree)) return `[${tree.map(textOf).join(',')}]`;
  return `{${[...tree].map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(',')}}`;
}
