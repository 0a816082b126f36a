import type { JsonSchema } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import { planTable, type TablePlan } from '../../../packages/target-bigquery/dist/columns/plan.js';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { rowWriter } from '../../../packages/target-bigquery/dist/rows/row-writer.js';

interface Options {
  readonly existing?: readonly Field[];
  readonly tableName?: string;
  readonly keyProperties?: readonly string[];
  readonly hasIdentity?: boolean;
  readonly raw?: boolean;
  readonly wrapping?: boolean;
  readonly sequenceUnit?: 'ms' | 'stitch';
  /** Beside `properties`. */
  readonly keywords?: JsonSchema;
}

/** Plans a table for rows with these properties. */
export function planOf(properties: JsonSchema, options: Options = {}): TablePlan {
  const definition: TableDefinition = {
    stream: 'shop-orders',
    schemaName: 'shop',
    tableName: options.tableName ?? 'orders',
    schema: { type: 'object', properties, ...options.keywords },
    keyProperties: options.keyProperties ?? [],
    hasIdentity: options.hasIdentity ?? true,
  };
  const settings = {
    raw: options.raw ?? false,
    array_value_wrapping: options.wrapping ?? false,
    sequence_unit: options.sequenceUnit ?? 'ms',
  };
  return planTable({ definition, existing: options.existing, settings });
}

export function column(name: string, type: Field['type'], rest: Partial<Field> = {}): Field {
  return { name, type, mode: 'NULLABLE', ...rest };
}

/** Columns as `name TYPE` (`name TYPE[]` when REPEATED), RECORDs as `name{…}`; without `_sdc_extra`. */
export function columnsOf({ fields }: { readonly fields?: readonly Field[] }): string[] {
  return (fields ?? [])
    .filter(({ name }) => name !== '_sdc_extra')
    .map((field) => {
      const list = field.mode === 'REPEATED' ? '[]' : '';
      const type = field.type === 'RECORD' ? `{${columnsOf(field).join(', ')}}` : ` ${field.type}`;
      return `${field.name}${type}${list}`;
    });
}

const writers = new WeakMap<TablePlan, ReturnType<typeof rowWriter>>();

/** The row as it is loaded. All rows of a plan are written by one writer, which remembers the order of fields. */
export function encoded(plan: TablePlan, rowText: string): string {
  const writer = writers.get(plan) ?? rowWriter(plan);
  writers.set(plan, writer);
  const result = writer.encode(rowText);
  return 'json' in result ? result.json : `refused: ${result.refused}`;
}
