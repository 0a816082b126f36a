import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramConfig } from '@tap-webhooks/singer';
import { loadConfig } from '@tap-webhooks/singer/config';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

const spec: ProgramConfig = {
  program: 'target-x',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string', default: 'none' },
      port: { type: 'integer', default: 80 },
      loud: { type: 'boolean', default: false },
      list: { type: 'array', items: { type: 'string' }, default: [] },
      object: { type: 'object' },
      either: { type: ['string', 'object'] },
      'batch-size': { type: 'integer' },
    },
  },
};

function file(config: object): string {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

test('defaults are filled in', () => {
  expect(loadConfig(spec, [file({})])).toEqual({ name: 'none', port: 80, loud: false, list: [] });
});

test('a byte order mark at the start of a file is skipped', () => {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, '\ufeff{"port":81}');
  expect(loadConfig(spec, [path])).toMatchObject({ port: 81 });
});

test('files are merged shallowly, and later ones win', () => {
  const first = file({ name: 'one', port: 1, object: { a: 1 } });
  const second = file({ name: 'two', object: { b: 2 } });
  expect(loadConfig(spec, [first, second])).toMatchObject({ name: 'two', port: 1, object: { b: 2 } });
});

test.each([
  ['before the file', (path: string) => ['ENV', path]],
  ['after the file', (path: string) => [path, 'ENV']],
])('the environment wins over files when ENV is named %s', (_name, sources) => {
  const env = { TARGET_X_NAME: 'from env' };
  expect(loadConfig(spec, sources(file({ name: 'from file', port: 5 })), env)).toMatchObject({
    name: 'from env',
    port: 5,
  });
});

test('without any source the environment is read', () => {
  expect(loadConfig(spec, [], { TARGET_X_PORT: '8080' })).toMatchObject({ port: 8080 });
});

test('the environment is not read when only files are named', () => {
  expect(loadConfig(spec, [file({})], { TARGET_X_NAME: 'from env' })).toMatchObject({ name: 'none' });
});

test('a hyphen in program or setting is an underscore in the variable', () => {
  expect(loadConfig(spec, ['ENV'], { TARGET_X_BATCH_SIZE: '7' })).toMatchObject({ 'batch-size': 7 });
});

test('an empty variable counts as not set', () => {
  expect(loadConfig(spec, ['ENV'], { TARGET_X_NAME: '', TARGET_X_LIST: '' })).toMatchObject({
    name: 'none',
    list: [],
  });
});

test.each(['true', 'TRUE', '1', 'yes', 'on'])('%s in a variable is true', (text) => {
  expect(loadConfig(spec, ['ENV'], { TARGET_X_LOUD: text })).toMatchObject({ loud: true });
});

test.each(['false', '0', 'no', 'Off'])('%s in a variable is false', (text) => {
  expect(loadConfig(spec, ['ENV'], { TARGET_X_LOUD: text })).toMatchObject({ loud: false });
});

test('lists and objects are JSON in variables', () => {
  const env = { TARGET_X_LIST: '["a","b"]', TARGET_X_OBJECT: '{"a":{"b":1}}' };
  expect(loadConfig(spec, ['ENV'], env)).toMatchObject({ list: ['a', 'b'], object: { a: { b: 1 } } });
});

test('a setting that may be text or an object takes either from a variable', () => {
  expect(loadConfig(spec, ['ENV'], { TARGET_X_EITHER: './schema.json' })).toMatchObject({
    either: './schema.json',
  });
  expect(loadConfig(spec, ['ENV'], { TARGET_X_EITHER: '{"a":1}' })).toMatchObject({ either: { a: 1 } });
});
