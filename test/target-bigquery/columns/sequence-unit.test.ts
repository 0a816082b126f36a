import { expect, test } from 'vitest';
import { encoded, planOf } from './plan.js';

const columns = { n: { type: 'integer' }, _sdc_sequence: { type: 'integer' } };

test('a sequence is loaded in milliseconds, as it comes', () => {
  expect(encoded(planOf(columns), '{"n":1,"_sdc_sequence":1565276078922}')).toBe(
    '{"n":1,"_sdc_sequence":1565276078922}',
  );
});

test("sequence_unit: stitch loads it in Stitch's unit, a millionth of that", () => {
  const plan = planOf(columns, { sequenceUnit: 'stitch' });

  expect(encoded(plan, '{"n":1,"_sdc_sequence":1565276078922}')).toBe(
    '{"n":1,"_sdc_sequence":"1565276078922000000"}',
  );
});

test('a sequence that is in that unit already stays as it is', () => {
  const plan = planOf(columns, { sequenceUnit: 'stitch' });

  expect(encoded(plan, '{"_sdc_sequence":1565276078922000095,"n":1}')).toBe(
    '{"_sdc_sequence":"1565276078922000095","n":1}',
  );
});

test('with raw: true too', () => {
  const plan = planOf(columns, { sequenceUnit: 'stitch', raw: true });

  expect(encoded(plan, '{"n":1,"_sdc_sequence":1565276078922}')).toBe(
    '{"_sdc_sequence":"1565276078922000000","payload":{"n":1}}',
  );
});
