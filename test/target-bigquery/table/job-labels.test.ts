import { expect, it } from 'vitest';
import { Datasets } from '../../../packages/target-bigquery/dist/table/datasets.js';
import { jobLabels } from '../../../packages/target-bigquery/dist/table/job-labels.js';
import { keptLog } from '../log-lines.js';
import { MemoryWarehouse } from '../memory-warehouse.js';

it('labels name the integration, the stream and the target, in addition to those of the user', () => {
  expect(jobLabels({ team: 'growth' }, 'stitch_delighted-data', 'stitch_delighted')).toEqual({
    team: 'growth',
    target: 'target-bigquery',
    stream: 'stitch_delighted-data',
    integration: 'stitch_delighted',
  });
});

it('a label holds at most 63 lower case letters, digits, _ and -', () => {
  expect(jobLabels({}, `Größe.${'x'.repeat(70)}`, 'Shop').stream).toBe(`gr__e_${'x'.repeat(57)}`);
});

it('a dataset has the labels of its jobs, without a stream', async () => {
  const service = new MemoryWarehouse();
  const own = { team: 'crm', stream: 'theirs' };
  await new Datasets(service, keptLog().log, own).open('stitch_Delighted');
  expect(service.datasets.get('stitch_Delighted')?.labels).toEqual({
    ...own,
    target: 'target-bigquery',
    integration: 'stitch_delighted',
  });
});
