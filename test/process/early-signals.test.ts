import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ProgramName, runProgram } from '../helpers/program.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { tempFolder } from '../helpers/temp.js';

const HOOK = new URL('../singer/fixtures/signal-while-loading.mjs', import.meta.url);

/** Runs a program that gets SIGTERM when it loads the module whose name ends so. */
function runSignalledAt(module: string, name: ProgramName, args: readonly string[]) {
  const env = { NODE_OPTIONS: `--import ${fileURLToPath(HOOK)}`, SIGNAL_AT: module };
  return runProgram(name, args, { env });
}

/** Each from the first module after the handler to the one that does the work. */
const TAP: ReadonlyArray<readonly [mode: string, module: string]> = [
  ['listen', '/dist/cli.js'],
  ['listen', 'yargs'],
  ['listen', './log.js'],
  ['listen', './listen.js'],
  ['receive', './receive.js'],
  ['follow', './follow.js'],
  ['drain', './drain.js'],
];
const TARGETS: ReadonlyArray<readonly [name: ProgramName, module: string]> = [
  ['target-jsonl', '/dist/cli.js'],
  ['target-jsonl', './loader.js'],
  ['target-bigquery', '/dist/cli.js'],
  ['target-bigquery', './loader.js'],
];

describe('a program that gets SIGTERM while it is still loading', () => {
  it.each(TAP)('ends with 0 as tap-webhooks %s, at %s', async (mode, module) => {
    const home = new TapProcesses();
    await home.path('shop'); // creates the inbox
    const { code, stdout } = await runSignalledAt(module, 'tap-webhooks', [mode, '--config', home.config]);
    expect([code, stdout]).toEqual([0, '']);
  });

  it.each(TARGETS)('ends with 0 as %s, at %s', async (name, module) => {
    const folder = tempFolder();
    const config = join(folder, 'config.json');
    const bigquery = { project: 'p', dataset: 'd', location: 'US', api_endpoint: 'http://127.0.0.1:9' };
    writeFileSync(config, JSON.stringify(name === 'target-jsonl' ? { destination_path: folder } : bigquery));
    const { code } = await runSignalledAt(module, name, ['--config', config]);
    expect(code).toBe(0);
  });
});
