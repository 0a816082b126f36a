import { describe, expect, test } from 'vitest';
import { type ProgramName, RunningProgram, runProgram } from '../helpers/program.js';
import { bigquery } from './bigquery.js';
import { type RunningTarget, runConformance, type Start } from './conformance.js';
import { jsonl } from './jsonl.js';

/**
 * The cases that real processes run too: plain rows, a state in the middle of the input, a redelivery to a new process, an invalid
 * record, and an input that is cut. The other test files run all cases within the test's own process.
 */
const CASES = [
  'array_data',
  'multiple_state_messages',
  'marked_redelivered',
  'invalid_record_fails',
  'torn_input',
];

const program =
  (name: ProgramName): Start =>
  (config) => {
    const running = new RunningProgram(name, ['--config', config]);
    const target: RunningTarget = {
      get lines() {
        return running.lines;
      },
      get stderr() {
        return running.stderr;
      },
      write: (text) => void running.child.stdin?.write(text),
      end: (text) => void running.child.stdin?.end(text),
      exit: () => running.exit(),
    };
    return target;
  };

runConformance(jsonl, program('target-jsonl'), CASES);
runConformance(bigquery, program('target-bigquery'), CASES);

describe.each(['target-jsonl', 'target-bigquery'] as const)('%s', (name) => {
  test('cli_prints: the target describes itself', async () => {
    const version = await runProgram(name, ['--version']);
    const about = await runProgram(name, ['--about', '--format=json']);

    expect(version).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${name} v\\d+\\.`)),
    });
    expect(about.code).toBe(0);
    expect(Object.keys(JSON.parse(about.stdout))).toEqual([
      'name',
      'description',
      'version',
      'sdk_version',
      'supported_python_versions',
      'capabilities',
      'settings',
    ]);
  });
});
