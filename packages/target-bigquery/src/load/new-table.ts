import type { TableDefinition } from '@tap-webhooks/target-core';
import type { Config } from '../config.js';
import type { Field } from '../schema/fields.js';
import { planTable, type TablePlan } from '../schema/plan.js';
import type { Labels, NewTable, TimePartitioning } from '../service/service.js';

/** "Clustered tables": at most four columns, of these types, not repeated. */
const MOST_CLUSTERING = 4;
const CLUSTERABLE: ReadonlySet<string> = new Set([
  'STRING',
  'INTEGER',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
  'DATETIME',
]);
const PARTITIONABLE: ReadonlySet<string> = new Set(['TIMESTAMP', 'DATE', 'DATETIME']);

/** What a table that is absent is made of. */
export function newTable(config: Config, definition: TableDefinition, labels: Labels): NewTable {
  const plan = planTable({ definition, existing: undefined, settings: config });
  const { fields } = plan;
  const partitioning = timePartitioning(config, plan);
  return {
    fields,
    labels,
    description:
      config.table_description ?? `Rows of stream ${definition.stream}, appended by target-bigquery.`,
    ...(partitioning && { timePartitioning: partitioning }),
    clustering: config.cluster_on_key_properties ? clustering(definition, plan) : [],
  };
}

function timePartitioning(
  { partition_granularity: granularity, partition_column: column }: Config,
  plan: TablePlan,
): NewTable['timePartitioning'] {
  const field = columnOf(plan, column);
  if (granularity === 'none' || field === undefined || !PARTITIONABLE.has(field.type)) return undefined;
  const type = granularity.toUpperCase() as TimePartitioning['type'];
  return { type: field.type === 'DATE' && type === 'HOUR' ? 'DAY' : type, field: field.name };
}

/** By the key, then by version: what the newest version of a key is looked up by. */
function clustering({ keyProperties }: TableDefinition, plan: TablePlan): string[] {
  const columns = [...keyProperties, '_sdc_sequence']
    .map((name) => columnOf(plan, name))
    .filter((field) => field !== undefined && field.mode !== 'REPEATED' && CLUSTERABLE.has(field.type));
  return [...new Set(columns.map((field) => (field as Field).name))].slice(0, MOST_CLUSTERING);
}

/** The first column of a field; its name may differ from the field's. Else the column of that name. */
function columnOf({ fields, sources }: TablePlan, name: string): Field | undefined {
  return (
    fields.find((field) => sources.get(field.name) === name) ??
    fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
  );
}
