import type { BigQueryService, Labels } from '../api/service.js';
import type { Field } from '../columns/types.js';

/** One in each dataset that is loaded into. */
export const LOADS_TABLE = '_sdc_loads';

const column = (name: string, type: Field['type'], description: string): Field => ({
  name,
  type,
  mode: 'NULLABLE',
  description,
});

export const LOADS_FIELDS: readonly Field[] = [
  column('job', 'STRING', 'Id of the load job, or name of the write stream.'),
  column('method', 'STRING', 'batch_job or storage_write_api.'),
  column('event', 'STRING', 'loaded, stream_opened or stream_finalized.'),
  column('stream', 'STRING', 'Singer stream.'),
  column('table_name', 'STRING', 'Table of this dataset.'),
  column('rows', 'INTEGER', 'Rows that were added.'),
  column('rejected', 'INTEGER', 'Rows that BigQuery refused.'),
  column('inbox', 'STRING', '_sdc_inbox of the rows.'),
  column('first_position', 'INTEGER', 'Lowest _sdc_position.'),
  column('last_position', 'INTEGER', 'Highest _sdc_position.'),
  column('first_sequence', 'INTEGER', 'Lowest _sdc_sequence.'),
  column('last_sequence', 'INTEGER', 'Highest _sdc_sequence.'),
  column('started_at', 'TIMESTAMP', 'When loading began.'),
  column('finished_at', 'TIMESTAMP', 'When the rows were there.'),
];

/** Makes the table when it is absent. */
export async function ensureLoadsTable(
  service: BigQueryService,
  dataset: string,
  labels: Labels,
): Promise<void> {
  const ref = { dataset, table: LOADS_TABLE };
  if (await service.getTable(ref)) return;
  await service.createTable(ref, {
    fields: LOADS_FIELDS,
    timePartitioning: { type: 'MONTH', field: 'finished_at' },
    labels,
    description: 'What target-bigquery loaded into the tables of this dataset.',
  });
}
