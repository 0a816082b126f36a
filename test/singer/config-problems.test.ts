import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProgramConfig, ToolkitError } from '@tap-webhooks/singer';
import { loadConfig } from '@tap-webhooks/singer/config';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

const SECRET = 'hunter2';

const spec: ProgramConfig = {
  program: 'tap-x',
  schema: {
    type: 'object',
    properties: {
      port: { type: 'integer', maximum: 65535 },
      mode: { type: 'string', enum: ['listen', 'drain'] },
      list: { type: 'array', items: { type: 'object', required: ['name'], additionalProperties: false } },
      path: { type: 'string' },
      label: {
        type: 'string',
        pattern: '^[a-z]+$',
        'x-pattern-in-words': 'must consist of lower-case letters',
      },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: ['path'],
  },
};

function file(text: string): string {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, text);
  return path;
}

function refusal(sources: readonly string[], env: NodeJS.ProcessEnv = {}): ToolkitError {
  try {
    loadConfig(spec, sources, env);
  } catch (error) {
    if (error instanceof ToolkitError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('all problems are reported at once, each with the name of its setting', () => {
  const text = `{"port":70000,"mode":"${SECRET}","list":[{"name":1},{"secret":"${SECRET}"}]}`;
  const { code, exitCode, message } = refusal([file(text), 'ENV'], { TAP_X_TAGS: SECRET });
  expect([code, exitCode]).toEqual(['config_invalid', 1]);
  expect(message.split('\n').sort()).toEqual(
    [
      'tap-x: the config is not valid. Correct this:',
      '  - the variable TAP_X_TAGS must hold JSON',
      "  - the config must have required property 'path'",
      '  - `port` must be <= 65535',
      '  - `mode` must be equal to one of the allowed values: listen, drain',
      '  - `list[0]` has an unknown property: name',
      "  - `list[1]` must have required property 'name'",
      '  - `list[1]` has an unknown property: secret',
    ].sort(),
  );
});

test('no value of a file is ever in the message', () => {
  const { message } = refusal([file(`{"port":"${SECRET}","mode":"${SECRET}","list":"${SECRET}"}`)]);
  expect(message).toContain('`port` must be integer');
  expect(message).not.toContain(SECRET);
});

test.each([
  ['text that is not JSON', `{"token":"${SECRET}`, 'it is not JSON'],
  ['JSON that is no object', `["${SECRET}"]`, 'it is not a JSON object'],
])('a file with %s is refused', (_name, text, why) => {
  const path = file(text);
  const refused = refusal([path]);
  expect(refused).toMatchObject({ code: 'config_unreadable', exitCode: 1 });
  expect(refused.message).toContain(`${path} cannot be used: ${why}`);
  expect(refused.message).not.toContain(SECRET);
});

test('a missing file is refused', () => {
  expect(refusal([join(tempFolder(), 'none.json')])).toMatchObject({
    code: 'config_unreadable',
    message: expect.stringContaining('ENOENT'),
  });
});

test('unknown settings are reported but do not stop the program', () => {
  const told: unknown[] = [];
  const path = file('{"path":"x","batch_config":{},"denormalized":false,"table_prefix":null}');
  loadConfig(spec, [path], {}, (...args) => told.push(args));
  expect(told).toEqual([
    [['batch_config', 'denormalized'], 'Unknown settings are ignored: batch_config, denormalized'],
  ]);
});

test('a mistyped setting is refused with the nearest known one', () => {
  const { code, exitCode, message } = refusal([file(`{"path":"x","prot":"${SECRET}","batch_config":{}}`)]);
  expect([code, exitCode]).toEqual(['config_invalid', 1]);
  expect(message).toBe(
    'tap-x: the config is not valid. Correct this:\n  - `prot` is not a setting: did you mean port?',
  );
});

test('a mistyped variable is refused with the nearest known one', () => {
  const { message } = refusal(['ENV'], { TAP_X_PATH: 'x', TAP_X_PROT: SECRET });
  expect(message).toBe(
    'tap-x: the config is not valid. Correct this:\n  - the variable TAP_X_PROT is not a setting: did you mean TAP_X_PORT?',
  );
});

test('variables that mean something else are left alone', () => {
  const env = { TAP_X_PATH: 'x', TAP_X_LOGLEVEL: 'debug', TAP_X__SELECT: '[]', TAP_XY_PROT: '1', PROT: '1' };
  expect(loadConfig(spec, ['ENV'], env)).toEqual({ path: 'x' });
});

const picky: ProgramConfig = { ...spec, refused: { stream_maps: 'put a mapper between.' } };

test.each([
  ['{"a":{"b":null}}', '{"a":{"b":null}}'],
  ['true', 'true'],
  ['["*"]', '["*"]'],
  ['"all"', 'all'],
  ['1', '1'],
])('a setting that is not obeyed and asks for %s is refused, with the way out', (value, text) => {
  const config = file(`{"path":"x","stream_maps":${value}}`);
  for (const [sources, env] of [
    [[config], {}],
    [['ENV'], { TAP_X_PATH: 'x', TAP_X_STREAM_MAPS: text }],
  ] as const) {
    expect(() => loadConfig(picky, sources, env)).toThrow(
      'tap-x: the config is not valid. Correct this:\n  - `stream_maps` is not obeyed here: put a mapper between.',
    );
  }
});

test.each(['null', 'false', '0', '""', '{}', '[]', '"false"', '"False"', '"{}"', '"null"'])(
  'a setting that is not obeyed and asks for nothing (%s) is fine, and nothing is said',
  (value) => {
    const told: unknown[] = [];
    const config = file(`{"path":"x","stream_maps":${value}}`);
    const env = { TAP_X_STREAM_MAPS: '{}' };
    expect(loadConfig(picky, [config], {}, (names) => told.push(names))).toMatchObject({ path: 'x' });
    expect(loadConfig(picky, [config, 'ENV'], env, (names) => told.push(names))).toMatchObject({ path: 'x' });
    expect(told).toEqual([]);
  },
);

test('a mistyped setting that is not obeyed is refused too', () => {
  expect(() => loadConfig(picky, [file('{"path":"x","stream_map":{"a":{}}}')], {})).toThrow(
    '`stream_map` is not a setting: did you mean stream_maps?',
  );
});

test('a mistyped property is refused with the nearest known one', () => {
  const strict: ProgramConfig = {
    program: 'tap-x',
    schema: { properties: { sender: { properties: { color: {} }, additionalProperties: false } } },
  };
  expect(() => loadConfig(strict, [file('{"sender":{"colour":1}}')], {})).toThrow(
    '`sender` has an unknown property: colour (did you mean color?)',
  );
});

test('a text that does not match a pattern is told the rule in words', () => {
  expect(refusal([file('{"path":"x","label":"A1"}')]).message).toBe(
    'tap-x: the config is not valid. Correct this:\n  - `label` must consist of lower-case letters',
  );
});
