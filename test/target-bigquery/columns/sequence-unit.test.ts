import { expect, test } from 'vitest';
import { encoded, planOf } from './plan.js';

const columns = { n: { type: 'integer' }, _sdc_sequence: { type: 'integer' } };

test('a sequence is loaded in milliseconds, as the tap sends it', () => {
  expect(encoded(planOf(columns), '{"n":1,"_sdc_sequence":1565276078922}')).toBe(
    '{"n":1,"_sdc_sequence":1565276078922}',
  );
});

test("a sequence is loaded in Stitch's unit with sequence_unit: stitch", () => {
  const plan = planOf(columns, { sequenceUnit: 'stitch' });

  expect(encoded(plan, '{"n":1,"_sdc_sequence":1565276078922}')).toBe(
    '{"n":1,"_sdc_sequence":"1565276078922000000"}',
  );
});

test("a sequence that is already in Stitch's unit is kept", () => {
  const plan = planOf(columns, { sequenceUnit: 'stitch' });

  expect(encoded(plan, '{"_sdc_sequence":1565276078922000095,"n":1}')).toBe(
    '{"_sdc_sequence":"1565276078922000095","n":1}',
  );
});

test('the unit of a sequence also counts with raw: true', () => {
  const plan = planOf(columns, { sequenceUnit: 'stitch', raw: true });

  expect(encoded(plan, '{"n":1,"_sdc_sequence":1565276078922}')).toBe(
    '{"_sdc_sequence":"1565276078922000000","payload":{"n":1}}',
  );
});
