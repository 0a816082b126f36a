import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { Config } from '@tap-webhooks/target-jsonl';
import { describe, expect, test } from 'vitest';
import { safeName, tablePaths, timestamp } from '../../packages/target-jsonl/dist/naming.js';
import { batchOf, rowAt } from '../contracts/loader.js';
import { shownFiles } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { configFor, jsonlLoader } from './open-loader.js';

const startedAt = new Date(2026, 0, 31, 23, 5, 9);

function table(stream: string, schemaName?: string, tableName = stream): TableDefinition {
  return { stream, schemaName, tableName, schema: {}, keyProperties: [], hasIdentity: true };
}

function pathOf(definition: TableDefinition, settings: Partial<Config> = {}): string {
  const { folder, openName } = tablePaths(definition, configFor('out', settings), startedAt);
  return join(folder, openName);
}

describe('files are named', () => {
  test('<schema>/<table>.jsonl', () => {
    expect(pathOf(table('stitch_delighted-data', 'stitch_delighted', 'data'))).toBe(
      'out/stitch_delighted/data.jsonl',
    );
  });

  test('straight in the folder without a schema', () => {
    expect(pathOf(table('users'))).toBe('out/users.jsonl');
  });

  test('as the Hub does, by the stream', () => {
    const hub = { file_naming: 'hub' } as const;
    expect(pathOf(table('a-data', 'a', 'data'), hub)).toBe('out/a-data.jsonl');
    expect(pathOf(table('a-data', 'a', 'data'), { ...hub, do_timestamp_file: true })).toBe(
      'out/a-data-20260131T230509.jsonl',
    );
    expect(pathOf(table('a-data', 'a', 'data'), { ...hub, custom_name: 'all' })).toBe('out/all.jsonl');
  });

  test('with time and own name in folders of schemas too', () => {
    const settings = { do_timestamp_file: true, custom_name: 'rows' };
    expect(pathOf(table('a-data', 'a', 'data'), settings)).toBe('out/a/rows-20260131T230509.jsonl');
  });

  test('apart for rejected records, whatever the own name', () => {
    expect(pathOf(table('a-_sdc_rejected', 'a', '_sdc_rejected'), { custom_name: 'rows' })).toBe(
      'out/a/_sdc_rejected.jsonl',
    );
  });

  test('in the working folder when the path is empty, and at home by a tilde', () => {
    expect(pathOf(table('users'), { destination_path: '' })).toBe('users.jsonl');
    expect(pathOf(table('users'), { destination_path: '~/rows' })).toBe(join(homedir(), 'rows/users.jsonl'));
  });

  test('with the local time that the Hub writes', () => {
    expect(timestamp(startedAt)).toBe('20260131T230509');
  });
});

const hostile = [
  '..',
  '.',
  '',
  ' ',
  '/etc/passwd',
  '../../etc/passwd',
  'a/../../b',
  '..\\..\\windows',
  'C:\\data',
  'c:',
  'a\u0000b',
  'a\nb',
  '\u001b[31mred',
  '.hidden',
  '.data.lock',
  '-rf',
  'con',
  'CON',
  'nul.txt',
  'COM1',
  'lpt9',
  'trailing.',
  'trailing ',
  'a*b?c"d<e>f|g',
  'right\u202eto-left',
  '\ud800half',
  'ü'.repeat(300),
  '\u{1F600}'.repeat(100),
  'x'.repeat(100_000),
  'data~0123abcd',
  'data.000001',
  '~',
];

describe.each(hostile.map((name) => [JSON.stringify(name).slice(0, 40), name] as const))(
  'the name %s',
  (_, name) => {
    test('becomes one that stays in the folder and fits every usual file system', () => {
      const safe = safeName(name);

      expect(relative(resolve('/folder'), resolve('/folder', safe)).split(sep)).toEqual([safe]);
      expect(safe).not.toMatch(/^\.|[/\\:*?"<>|\p{Cc}]|[. ]$|^(con|nul|com1|lpt9)(\.|$)/iu);
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
      expect(Buffer.from(safe).toString()).toBe(safe);
    });

    test('always becomes the same one, and not one that another name has', () => {
      expect(safeName(name)).toBe(safeName(name));
      const others = ['_', '__', 'data', 'con_', 'a_b', ...hostile.filter((other) => other !== name)];
      expect(others.map(safeName)).not.toContain(safeName(name));
      expect(safeName(safeName(name)) === safeName(name)).toBe(safeName(name) === name);
    });
  },
);

test.each(['data', 'TestCamelcase', 'stitch_delighted', 'a.b', 'größe', '日本語', 'with space', 'CONTACTS'])(
  'the name %s stays as it is',
  (name) => {
    expect(safeName(name)).toBe(name);
  },
);

test('hostile streams are loaded inside the folder, each into its own file', async () => {
  const outer = tempFolder();
  const folder = join(outer, 'inner');
  const loader = jsonlLoader(folder);
  const definitions = [
    table('../../x', '..', '../x'),
    table('y', 'a/b', 'c'),
    table('z', '/', '/'),
    table('con'),
  ];

  for (const definition of definitions) {
    const sink = await loader.open(definition);
    await sink.load(batchOf([rowAt(1)]));
    await sink.close();
  }
  await loader.close();

  expect(readdirSync(outer)).toEqual(['inner']);
  const files = readdirSync(folder, { recursive: true }) as string[];
  expect(files.filter((name) => name.endsWith('.jsonl'))).toHaveLength(4);
  expect(existsSync('/x.jsonl')).toBe(false);
});

test('two streams whose names differ in case only are refused: some file systems would mix them', async () => {
  const loader = jsonlLoader(tempFolder());
  const sink = await loader.open(table('Users'));

  await expect(loader.open(table('users'))).rejects.toMatchObject({
    code: 'names_clash',
    exitCode: 3,
    message: expect.stringMatching(/^Streams Users and users would both write .*\.jsonl: rename one of them/),
  });
  await sink.close();
});

test('with custom_name several streams share a file, and it holds each of their rows once', async () => {
  const folder = tempFolder();
  const rows = { a: [rowAt(1), rowAt(5), rowAt(9)], b: [rowAt(2), rowAt(3), rowAt(8)] };
  for (let run = 1; run <= 2; run += 1) {
    const loader = jsonlLoader(folder, { custom_name: 'all', file_naming: 'hub' });
    const sinks = [await loader.open(table('a')), await loader.open(table('b'))];
    await Promise.all([sinks[0]?.load(batchOf(rows.a)), sinks[1]?.load(batchOf(rows.b))]);
    for (const sink of sinks) await sink.close();
    await loader.close();
  }

  expect(shownFiles(folder)).toEqual(['all.jsonl']);
  const { linesIn } = await import('../helpers/jsonl.js');
  const positions = linesIn(join(folder, 'all.jsonl')).map((row) => JSON.parse(row)._sdc_position);
  expect(positions.sort()).toEqual([1, 2, 3, 5, 8, 9]);
});

describe('a file is not shared by marked streams and others', () => {
  const shared = { custom_name: 'all', file_naming: 'hub' } as const;
  const unmarked = (stream: string) => ({ ...table(stream), hasIdentity: false });
  const refusal = {
    code: 'marks_clash',
    exitCode: 3,
    message: expect.stringMatching(/^Streams a and b cannot share .*all\.jsonl: only one of them is marked/),
  };

  test.each([
    ['a marked one', table('a'), unmarked('b')],
    ['another one', unmarked('a'), table('b')],
  ])('when %s came first', async (_, first, second) => {
    const loader = jsonlLoader(tempFolder(), shared);
    const sink = await loader.open(first);

    await expect(loader.open(second)).rejects.toMatchObject(refusal);
    expect(await sink.load(batchOf([rowAt(1)]))).toMatchObject({ loaded: 1 });
    await sink.close();
  });

  test('nor when one of them changes later', async () => {
    const loader = jsonlLoader(tempFolder(), shared);
    const sinks = [await loader.open(table('a')), await loader.open(table('b'))];

    await sinks[1]?.alter(table('b'));
    await expect(sinks[1]?.alter(unmarked('b'))).rejects.toMatchObject(refusal);
    for (const sink of sinks) await sink.close();
  });

  test('but a stream that has the file to itself may change', async () => {
    const loader = jsonlLoader(tempFolder(), shared);
    const sink = await loader.open(table('a'));

    await sink.alter(unmarked('a'));
    const other = await loader.open(unmarked('b'));
    for (const one of [sink, other]) await one.close();
  });
});

test.each(['_sdc_rejected', '_SDC_Rejected', '_sdc_loads', '_sdc_', 'shop-_sdc_rejected', 'a/b', 'a\\b'])(
  'the custom_name %s is refused, since it has a slash or belongs to the target',
  (custom_name) => {
    expect(() => configFor('out', { custom_name })).toThrow(
      expect.objectContaining({
        exitCode: 1,
        message: expect.stringContaining(
          '`custom_name` must have no slash or backslash, and no part that begins with `_sdc_`: the target keeps such names for itself',
        ),
      }),
    );
  },
);

test.each(['sdc_rejected', 'a_sdc_b', 'my_sdc_rejected', '_sdcard'])(
  'the custom_name %s is taken',
  (custom_name) => {
    expect(configFor('out', { custom_name }).custom_name).toBe(custom_name);
  },
);
