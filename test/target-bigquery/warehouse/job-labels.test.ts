import { expect, it } from 'vitest';
import { jobLabels } from '../../../packages/target-bigquery/dist/load/job-labels.js';

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
