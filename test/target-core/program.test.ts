import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Output } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import { loggerOf } from '@tap-webhooks/singer/log';
import { type TargetSettings, targetSettings } from '@tap-webhooks/target-core';
import { loadCommand, type Target, targetProgram } from '@tap-webhooks/target-core/program';
import { expect, test } from 'vitest';
import { MemoryLoader } from '../helpers/memory-loader.js';
import { recordOf, schemaOf, stateOf } from '../helpers/target-run.js';
import { tempFolder } from '../helpers/temp.js';

interface Config extends TargetSettings {
  readonly place: string;
}

const schema = { type: 'object', properties: { place: { type: 'string' }, ...targetSettings } };

function target(loader: MemoryLoader, more: Partial<Target<Config>> = {}): Target<Config> {
  return {
    name: 'target-memory',
    description: 'Singer target that forgets',
    manifest: new URL('../../packages/target-core/package.json', import.meta.url),
    config: async () => ({ program: 'target-memory', schema }),
    open: async () => loader,
    ...more,
  };
}

function contextOf() {
  const stdout = new PassThrough();
  const warnings: string[] = [];
  const log = loggerOf((level, _, message) => {
    if (level === 'warn') warnings.push(message);
  });
  const context: Context = { stop: new AbortController().signal, out: new Output(stdout), log, env: {} };
  return { context, warnings, printed: () => String(stdout.read() ?? '') };
}

function fileOf(text: string): string {
  const path = join(tempFolder(), 'file');
  writeFileSync(path, text);
  return path;
}

const messages = [schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 })];
const input = () => fileOf(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));

test('a program has the name, version and settings of its target', async () => {
  const program = targetProgram(target(new MemoryLoader()));

  expect(program).toMatchObject({ name: 'target-memory', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(await program.settings()).toBe(schema);
  expect(program.commands.map(({ command }) => command)).toEqual(['$0']);
});

test('the command loads the file of --input with the settings of the config', async () => {
  const loader = new MemoryLoader();
  const { context, printed } = contextOf();
  const config = fileOf('{"place":"here","add_record_metadata":false}');
  const opened: Config[] = [];
  const open = async (given: Config) => {
    opened.push(given);
    return loader;
  };

  await loadCommand(target(loader, { open })).run({ config: [config], input: input() }, context);

  expect(opened).toMatchObject([{ place: 'here', batch_size_rows: 10_000 }]);
  expect(loader.table('s').texts).toEqual(['{"id":1}']);
  expect(printed()).toBe('{"n":1}\n');
});

test('settings that the target does not have are warned of, with a hint where there is one', async () => {
  const { context, warnings } = contextOf();
  const config = fileOf('{"table_prefix":"x","generate_view":true,"constructor":1}');
  const hints = { generate_view: 'Set latest_view instead.' };

  await loadCommand(target(new MemoryLoader(), { hints })).run({ config: [config], input: input() }, context);

  expect(warnings).toEqual([
    'Unknown settings are ignored: table_prefix, generate_view, constructor',
    'Set latest_view instead.',
  ]);
});

test('a target may read its config by itself', async () => {
  const loader = new MemoryLoader();
  const { context } = contextOf();
  const read = target(loader, {
    readConfig: async (sources, env) => ({ sources, env, batch_size_bytes: 1, max_line_bytes: 1 }) as never,
  });

  await expect(loadCommand(read).run({ config: ['a'], input: input() }, context)).rejects.toMatchObject({
    code: 'line_too_long',
  });
});
