import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Fake, startFake } from '../fake-bigquery/fake.js';
import { canFailCalls, ERRNO, FailingCalls } from '../helpers/failing-calls.js';
import { RunningProgram, runProgram } from '../helpers/program.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';
import { linesAfter } from '../helpers/webhook-stream.js';

async function fakeBigQuery(): Promise<Fake> {
  const fake = await startFake();
  onTestFinished(() => fake.close());
  return fake;
}

function configIn(folder: string, settings: object): string {
  const path = join(folder, 'config.json');
  writeFileSync(
    path,
    JSON.stringify({ project: 'test', location: 'US', spool_path: join(folder, 'spool'), ...settings }),
  );
  return path;
}

const text = (lines: Iterable<string>) => `${[...lines].join('\n')}\n`;

const schema = (stream: string) =>
  `{"type":"SCHEMA","stream":"${stream}","schema":{"properties":{"n":{"type":"integer"}}},"key_properties":[]}`;
const record = (stream: string, n: number) => `{"type":"RECORD","stream":"${stream}","record":{"n":${n}}}`;

describe('target-bigquery as a process', () => {
  // Without a C compiler no system call can be made to fail.
  test.skipIf(!canFailCalls)('rows wait until there is room for the spool, and are loaded then', async () => {
    const fake = await fakeBigQuery();
    const calls = new FailingCalls();
    calls.fail(`write .ndjson ${ERRNO.ENOSPC}`);
    const config = configIn(tempFolder(), { api_endpoint: fake.apiEndpoint, load_log: false });
    const target = new RunningProgram('target-bigquery', ['--config', config], { env: calls.env });
    target.child.stdin?.end(text(linesAfter(0, 100)));
    await target.saw('there is no room on the disk');

    calls.stop();

    expect(await target.exit(), target.stderr).toBe(0);
    expect(target.lines.map((line) => JSON.parse(line).bookmarks['shop-data'].position)).toEqual([100]);
    expect(fake.rows('shop', 'data')).toHaveLength(100);
  });

  test('the target loads what it has read when it is stopped, prints the last state and ends with 0', async () => {
    const fake = await fakeBigQuery();
    const config = configIn(tempFolder(), { api_endpoint: fake.apiEndpoint });
    const target = new RunningProgram('target-bigquery', ['--config', config]);
    target.child.stdin?.write(text(linesAfter(0, 100)));
    await until(() => fake.tables.find('shop', 'data') !== undefined, 'the table');

    target.child.kill('SIGTERM');
    target.child.stdin?.end();

    expect(await target.exit(), target.stderr).toBe(0);
    expect(target.lines.map((line) => JSON.parse(line).bookmarks['shop-data'].position)).toEqual([100]);
    expect(fake.rows('shop', 'data')).toHaveLength(100);
  });

  test('the target ends with 3 soon after SIGTERM when a used-up quota keeps it from creating a write stream', async () => {
    const fake = await fakeBigQuery();
    const codes = Array.from({ length: 1000 }, () => 8); // RESOURCE_EXHAUSTED
    fake.write.faults.calls.CreateWriteStream = codes;
    const { apiEndpoint: api_endpoint, storageApiEndpoint: storage_api_endpoint } = fake;
    const place = { api_endpoint, storage_api_endpoint };
    const config = configIn(tempFolder(), { ...place, method: 'storage_write_api', batch_size_rows: 600 });
    const target = new RunningProgram('target-bigquery', ['--config', config]);
    target.child.stdin?.end(text(linesAfter(0, 3000)));
    await until(() => codes.length < 1000, 'the first attempt');

    const begun = Date.now();
    target.child.kill('SIGTERM');

    expect(await target.exit(), target.stderr).toBe(3);
    expect(Date.now() - begun).toBeLessThan(25_000);
    expect(target.stderr).toContain('a quota of the project is used up');
    expect(target.lines).toEqual([]);
  });

  test('the target parks a stream whose table fails for good, loads the other one and ends with 3', async () => {
    const fake = await fakeBigQuery();
    fake.faults.failJob('accessDenied');
    const config = configIn(tempFolder(), { api_endpoint: fake.apiEndpoint });
    const input = [
      schema('shop-orders'),
      schema('shop-users'),
      record('shop-orders', 1),
      record('shop-users', 2),
    ];

    const { code, stderr } = await runProgram('target-bigquery', ['--config', config], {
      stdin: text(input),
    });

    expect(code).toBe(3);
    expect(stderr).toContain('access is denied');
    expect([...fake.rows('shop', 'orders'), ...fake.rows('shop', 'users')]).toHaveLength(1);
  });

  test('the target parks a stream whose dataset cannot be opened, loads the other one and ends with 3', async () => {
    const fake = await fakeBigQuery();
    fake.faults.refuse('datasets.get', 403, 'accessDenied');
    const config = configIn(tempFolder(), { api_endpoint: fake.apiEndpoint });
    const input = [
      schema('shop-orders'),
      record('shop-orders', 1),
      schema('crm-users'),
      record('crm-users', 2),
      record('shop-orders', 3),
      record('crm-users', 4),
    ];

    const { code, stderr } = await runProgram('target-bigquery', ['--config', config], {
      stdin: text(input),
    });

    expect(code).toBe(3);
    expect(stderr).toContain('Dataset shop cannot be opened: access is denied');
    expect(fake.rows('crm', 'users').map(({ n }) => n)).toEqual(['2', '4']);
  });

  test('the target loads nothing when a table does not match, and says why', async () => {
    const fake = await fakeBigQuery();
    fake.tables.addDataset('shop', 'US');
    fake.tables.addTable('shop', 'orders').view = { query: 'SELECT 1', useLegacySql: false };
    const config = configIn(tempFolder(), { api_endpoint: fake.apiEndpoint });
    const input = [schema('shop-orders'), record('shop-orders', 1)];

    const { code, stderr } = await runProgram('target-bigquery', ['--config', config], {
      stdin: text(input),
    });

    expect(code).toBe(3);
    expect(stderr).toContain('Table shop.orders already exists and does not match: It is of type VIEW.');
  });

  test('the target says that access is denied and which table it is denied for', async () => {
    const fake = await fakeBigQuery();
    fake.faults.refuse('upload', 403, 'accessDenied');
    const config = configIn(tempFolder(), { api_endpoint: fake.apiEndpoint });

    const { code, stderr } = await runProgram('target-bigquery', ['--config', config], {
      stdin: text(linesAfter(0, 10)),
    });

    expect(code).toBe(3);
    expect(stderr).toContain('Table shop.data cannot be loaded: access is denied');
  });

  test('the target never shows a key that it cannot use', async () => {
    const config = configIn(tempFolder(), { credentials_json: '{"private_key":"-----BEGIN SECRET' });

    const { code, stderr } = await runProgram('target-bigquery', ['--config', config], { stdin: '' });

    expect(code).toBe(1);
    expect(stderr).toContain('credentials_json is not JSON');
    expect(stderr).not.toContain('SECRET');
  });

  test('the target leaves no part of a batch in the spool folder', async () => {
    const fake = await fakeBigQuery();
    const folder = tempFolder();
    const config = configIn(folder, { api_endpoint: fake.apiEndpoint });

    await runProgram('target-bigquery', ['--config', config], { stdin: text(linesAfter(0, 100)) });

    expect(readdirSync(join(folder, 'spool')).filter((name) => name.endsWith('.ndjson'))).toEqual([]);
  });

  test('--check tells what it found, loads nothing and ends with 0', async () => {
    const fake = await fakeBigQuery();
    const config = configIn(tempFolder(), { api_endpoint: fake.apiEndpoint });
    const input = join(tempFolder(), 'messages.singer');
    writeFileSync(input, text(linesAfter(0, 1)));

    const { code, stdout, stderr } = await runProgram('target-bigquery', [
      '--config',
      config,
      '--check',
      '--input',
      input,
    ]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('shop.data');
    expect(fake.tables.find('shop', 'data')).toBeUndefined();
  });
});
