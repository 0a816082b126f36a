import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../../../packages/target-bigquery/dist/config.js';
import { program } from '../../../packages/target-bigquery/dist/program.js';
import { runCommand } from '../../helpers/in-process.js';
import { tempFolder } from '../../helpers/temp.js';

function read(settings: object, unknown: (names: readonly string[]) => void = () => {}): Config {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ project: 'p', ...settings }));
  return readConfig([path], {}, unknown);
}

describe('the settings of target-bigquery', () => {
  test('have defaults for all but the project', () => {
    expect(read({})).toMatchObject({
      project: 'p',
      method: 'batch_job',
      partition_granularity: 'month',
      partition_column: '_sdc_received_at',
      cluster_on_key_properties: true,
      raw: false,
      labels: {},
      daily_load_limit: 1500,
      batch_size_rows: 100_000,
      load_method: 'append-only',
      add_record_metadata: true,
    });
  });

  test('accept batch_size, the name in the most used target for BigQuery, for batch_size_rows', () => {
    expect(read({ batch_size: 500 }).batch_size_rows).toBe(500);
  });

  test('prefer batch_size_rows when both are given', () => {
    expect(read({ batch_size: 500, batch_size_rows: 700 }).batch_size_rows).toBe(700);
  });

  test.each([
    ['batch_job', 60],
    ['storage_write_api', 1],
  ])('let rows wait as long as fits the method %s', (method, seconds) => {
    expect(read({ method }).max_batch_age_seconds).toBe(seconds);
  });

  test('keep a configured longest wait', () => {
    expect(read({ method: 'storage_write_api', max_batch_age_seconds: 30 }).max_batch_age_seconds).toBe(30);
  });

  test('accept the key as JSON or as text', () => {
    expect(read({ credentials_json: { type: 'service_account' } }).credentials_json).toEqual({
      type: 'service_account',
    });
    expect(read({ credentials_json: '{"type":"service_account"}' }).credentials_json).toBe(
      '{"type":"service_account"}',
    );
  });

  test('are reported when they are unknown', () => {
    const names: string[] = [];
    read({ denormalized: true }, (unknown) => names.push(...unknown));

    expect(names).toEqual(['denormalized']);
  });

  test('name what to set instead of a setting of the most used target for BigQuery', async () => {
    const path = join(tempFolder(), 'config.json');
    writeFileSync(
      path,
      JSON.stringify({ project: 'p', api_endpoint: 'http://127.0.0.1:9', denormalized: true }),
    );

    const { code, stderr } = await runCommand(program, '--config', path, '--input', '/dev/null');

    expect(code).toBe(0);
    expect(stderr).toContain('denormalized is not a setting here');
    expect(stderr).toContain('set `raw` to true');
  });

  test.each([
    ['no project', { project: undefined }, 'project'],
    ['a method of another target', { method: 'streaming_insert' }, 'method'],
    ['a label that BigQuery refuses', { labels: { Team: 'x' } }, 'labels'],
    ['a dataset with a hyphen', { dataset: 'a-b' }, 'dataset'],
    ['batches that are too large for one request', { batch_size_bytes: 33_554_433 }, 'batch_size_bytes'],
  ])('are refused with what is wrong: %s', (_, settings, names) => {
    expect(() => read(settings)).toThrow(
      expect.objectContaining({ exitCode: 1, message: expect.stringContaining(names) }),
    );
  });

  test('never show a key that cannot be read', async () => {
    const path = join(tempFolder(), 'config.json');
    writeFileSync(path, JSON.stringify({ project: 'p', credentials_json: '{"private_key": "abc123' }));

    const { code, stderr } = await runCommand(program, '--config', path);

    expect(code).toBe(1);
    expect(stderr).toContain('credentials_json is not JSON');
    expect(stderr).not.toContain('abc123');
  });
});
