import { expect, test } from 'vitest';
import { tableFailed } from '../../packages/target-bigquery/dist/errors.js';

const ref = { dataset: 'shop', table: 'data' };

test('a full disk is said, with what helps', () => {
  const full = Object.assign(new Error('no space left, write /secret'), { code: 'ENOSPC' });
  expect(tableFailed(ref, 'loaded', full)).toMatchObject({
    code: 'spool_failed',
    exitCode: 3,
    message:
      'Rows of table shop.data cannot be written to the folder spool_path (ENOSPC). Free some space, or set spool_path to another folder.',
  });
});

test.each([
  [new RangeError('Invalid string length: secret'), 'RangeError, an unknown reason'],
  [
    Object.assign(new Error('secret'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }),
    'Error, ERR_WORKER_OUT_OF_MEMORY',
  ],
])('a failure that is not of the disk is not said to be one: %s', (cause, why) => {
  expect(tableFailed(ref, 'loaded', cause)).toMatchObject({
    code: 'rows_unwritable',
    exitCode: 3,
    message: `Rows of table shop.data cannot be written in the form that BigQuery takes (${why}). This is a defect of target-bigquery: please report it.`,
  });
});
