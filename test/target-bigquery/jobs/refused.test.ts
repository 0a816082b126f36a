import { describe, expect, test } from 'vitest';
import { badRows } from '../../../packages/target-bigquery/dist/jobs/refused.js';

/** Of the lines {"n":1}, {"n":"x"} and {"n":3}. */
const spool = { path: 'rows.ndjson', size: 26, starts: Float64Array.of(0, 8, 18) };

function bad(...messages: string[]): Array<[number, string]> {
  const job = {
    id: 'j',
    location: 'EU',
    state: 'DONE' as const,
    createdAt: 0,
    failure: undefined,
    problems: messages.map((message) => ({ reason: 'invalid', message, location: undefined })),
    outputRows: 0,
    badRecords: 1,
    table: undefined,
  };
  return [...badRows(job, spool)];
}

describe('rows that a job refuses', () => {
  test('refused rows are found by the byte at which they begin, with the reason', () => {
    expect(
      bad(
        'Error while reading data, error message: JSON parsing error in row starting at position 8: Could not convert value to integer. Field: n; Value: x',
      ),
    ).toEqual([[1, 'BigQuery refused the row: Could not convert value to integer. Field: n; Value: x']]);
  });

  test('refused rows are not guessed from a count of errors', () => {
    expect(
      bad(
        'Error while reading data, error message: JSON table encountered too many errors, giving up. Rows: 2; errors: 1. Please look into the errors[] collection for more details.',
      ),
    ).toEqual([]);
  });

  test('refused rows are not guessed from a place outside the file', () => {
    expect(bad('JSON parsing error in row starting at position 999: no')).toEqual([]);
  });

  test('each refused row is named once', () => {
    expect(bad('row starting at position 0: a', 'row starting at position 0: b').length).toBe(1);
  });
});
