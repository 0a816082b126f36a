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
  const told: string[][] = [];
  const path = file('{"path":"x","batch_config":{},"stream_maps":null,"flattening_enabled":false}');
  loadConfig(spec, [path], {}, (settings) => told.push([...settings]));
  expect(told).toEqual([['batch_config', 'stream_maps', 'flattening_enabled']]);
});

test('a mistyped setting is reported with the nearest known one', () => {
  const told: string[] = [];
  const path = file('{"path":"x","prot":1,"batch_config":{}}');
  loadConfig(spec, [path], {}, (_, sentence) => told.push(sentence));
  expect(told).toEqual(['Unknown settings are ignored: prot (did you mean port?), batch_config']);
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
