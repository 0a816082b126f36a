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
    expect(read({ credentials_json: '{"type":"service_account"}' }).credentials_json).toEqual({
      type: 'service_account',
    });
  });

  test('are reported when they are unknown', () => {
    const names: string[] = [];
    read({ denormalized: true }, (unknown) => names.push(...unknown));

    expect(names).toEqual(['denormalized']);
  });

  test('of other targets and of the Singer SDK are not taken for mistyped ones', () => {
    const others = [
      ...[
        'bucket',
        'denormalized',
        'generate_view',
        'timestamp_format',
        'fail_fast',
        'temporary_table_prefix',
      ],
      ...[
        'partition_expiration_days',
        'clustering_fields',
        'column_name_transforms',
        'schema_resolver_version',
      ],
      ...['options', 'project_id', 'dataset_id', 'table_prefix', 'table_suffix', 'table_config', 'max_cache'],
      ...['schema_mapping', 'batch_wait_limit_seconds', 'flush_all_streams', 'parallelism', 'append_only'],
      ...[
        'primary_key_required',
        'max_batch_age',
        'hard_delete_mapping',
        'add_metadata_columns',
        'credentials',
      ],
      ...['replication_method', 'process_activate_version_messages', 'batch_config', 'faker_config'],
      ...['stream_map_config', 'flattening_max_depth', 'flattening_max_key_length', 'flattening_separator'],
    ];
    const names: string[] = [];
    read(Object.fromEntries(others.map((name) => [name, true])), (unknown) => names.push(...unknown));

    expect(names).toEqual(others);
  });

  test.each([
    ['stream_maps', { customers: { email: null } }, 'Put a mapper between the tap and this target'],
    ['flattening_enabled', 'True', 'Put a mapper between the tap and this target'],
    ['upsert', ['*'], 'rows are only added, never changed or deleted'],
    ['overwrite', true, 'the view `<table>_latest`'],
    ['dedupe_before_upsert', true, 'the view `<table>_latest`'],
    ['hard_delete', true, 'rows are only added, never changed or deleted'],
  ])('that would change what is loaded are refused: %s', (name, value, way) => {
    const refusal = (part: string) =>
      expect.objectContaining({ exitCode: 1, message: expect.stringContaining(part) });
    expect(() => read({ [name]: value })).toThrow(refusal(`- \`${name}\` is not obeyed here: `));
    expect(() => read({ [name]: value })).toThrow(refusal(way));
  });

  test('that would change what is loaded are fine as long as they ask for nothing', () => {
    const names: string[] = [];
    const off = {
      stream_maps: {},
      flattening_enabled: false,
      upsert: [],
      overwrite: 'false',
      hard_delete: null,
    };
    read(off, (unknown) => names.push(...unknown));

    expect(names).toEqual([]);
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
