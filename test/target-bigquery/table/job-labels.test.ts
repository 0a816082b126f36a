import { expect, it } from 'vitest';
import { Datasets } from '../../../packages/target-bigquery/dist/table/datasets.js';
import { jobLabels } from '../../../packages/target-bigquery/dist/table/place.js';
import { keptLog } from '../log-lines.js';
import { MemoryWarehouse } from '../memory-warehouse.js';

it('names the integration, the stream and the target, beside what the user set', () => {
  expect(jobLabels({ team: 'growth' }, 'stitch_delighted-data', 'stitch_delighted')).toEqual({
    team: 'growth',
    target: 'target-bigquery',
    stream: 'stitch_delighted-data',
    integration: 'stitch_delighted',
  });
});

it('keeps to what a label may hold: 63 characters, lower case letters, digits, _ and -', () => {
  expect(jobLabels({}, `Größe.${'x'.repeat(70)}`, 'Shop').stream).toBe(`gr__e_${'x'.repeat(57)}`);
});

it('labels datasets as their jobs, without a stream', async () => {
  const service = new MemoryWarehouse();
  const own = { team: 'crm', stream: 'theirs' };
  await new Datasets(service, keptLog().log, own).open('stitch_Delighted');
  expect(service.datasets.get('stitch_Delighted')?.labels).toEqual({
    ...own,
    target: 'target-bigquery',
    integration: 'stitch_delighted',
  });
});
