import { expect, test } from 'vitest';
import { jobId } from '../../../packages/target-bigquery/dist/jobs/job-id.js';

const table = { project: 'p', ref: { dataset: 'd', table: 't' } };
const id = jobId(table, 'inbox1', 41, 0);

test('the id of a job is valid for BigQuery, and ends with position and attempt', () => {
  expect(id).toMatch(/^sdc_[0-9a-f]{32}_41_0$/);
});

test('every process that loads the same row uses the same id', () => {
  expect(jobId({ project: 'p', ref: { dataset: 'd', table: 't' } }, 'inbox1', 41, 0)).toBe(id);
});

test.each([
  ['project', jobId({ ...table, project: 'p2' }, 'inbox1', 41, 0)],
  ['dataset', jobId({ ...table, ref: { dataset: 'd2', table: 't' } }, 'inbox1', 41, 0)],
  ['table', jobId({ ...table, ref: { dataset: 'd', table: 't2' } }, 'inbox1', 41, 0)],
  ['inbox', jobId(table, 'inbox2', 41, 0)],
  ['position', jobId(table, 'inbox1', 42, 0)],
  ['attempt', jobId(table, 'inbox1', 41, 1)],
])('another %s gives another id', (_, other) => {
  expect(other).not.toBe(id);
});
