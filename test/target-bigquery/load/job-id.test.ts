import { describe, expect, test } from 'vitest';
import { jobId } from '../../../packages/target-bigquery/dist/load/job-id.js';

const table = { project: 'p', ref: { dataset: 'd', table: 'data' }, creationTime: '1700000000000' };

describe('the id of a load job', () => {
  test('is the same for the same row, on every machine', () => {
    expect(jobId(table, 'inbox1', 101, 0)).toBe(jobId({ ...table }, 'inbox1', 101, 0));
  });

  test('shows the position and the attempt, and holds only what BigQuery allows', () => {
    expect(jobId(table, 'inbox "1"\n', 101, 2)).toMatch(/^sdc_[0-9a-f]{32}_101_2$/);
  });

  test.each([
    ['inbox', table, 'inbox2'],
    ['table made anew', { ...table, creationTime: '1700000000001' }, 'inbox1'],
    ['table', { ...table, ref: { dataset: 'd', table: 'data2' } }, 'inbox1'],
    ['dataset', { ...table, ref: { dataset: 'd2', table: 'data' } }, 'inbox1'],
    ['project', { ...table, project: 'p2' }, 'inbox1'],
  ])('is another for another %s', (_, other, inbox) => {
    expect(jobId(other, inbox, 101, 0)).not.toBe(jobId(table, 'inbox1', 101, 0));
  });
});
