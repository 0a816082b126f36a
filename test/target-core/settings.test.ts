import { targetSettings } from '@tap-webhooks/target-core';
import { expect, test } from 'vitest';
import { settingsWith } from '../helpers/target-run.js';

test('the settings of every target have these defaults', () => {
  expect(settingsWith()).toEqual({
    batch_size_rows: 10_000,
    batch_size_bytes: 16 * 1024 * 1024,
    max_batch_age_seconds: 60,
    max_line_bytes: 100 * 1024 * 1024,
    validate_records: true,
    on_invalid_record: 'reject',
    add_record_metadata: true,
    load_method: 'append-only',
  });
});

test('each setting is described', () => {
  for (const setting of Object.values(targetSettings)) expect(setting.description).toMatch(/^[A-Z].*\.$/);
});
