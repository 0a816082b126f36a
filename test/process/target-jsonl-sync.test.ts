import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canFailCalls, ERRNO, FailingCalls } from '../helpers/failing-calls.js';
import { hookLines, hookState, targetConfigFile } from '../helpers/hooks.js';
import { linesOfTable } from '../helpers/jsonl.js';
import { RunningProgram, runProgram } from '../helpers/program.js';
import { tempFolder } from '../helpers/temp.js';

const positionsIn = (folder: string): number[] =>
  linesOfTable(join(folder, 'hooks'), 'data').map((row) => JSON.parse(row)._sdc_position);
const fileNumber = (folder: string) => statSync(join(folder, 'hooks/data.jsonl')).ino;

/** A run whose calls fail from position 6 on. */
async function runThatFails(folder: string, ...faults: readonly string[]) {
  const calls = new FailingCalls();
  const config = targetConfigFile(folder, { batch_size_rows: 5 });
  const target = new RunningProgram('target-jsonl', ['--config', config], { env: calls.env });
  target.child.stdin?.write(hookLines(1, 5, 5));
  await target.saw(hookState(5));
  const before = fileNumber(folder);
  calls.fail(...faults);
  target.child.stdin?.end(hookLines(6, 10, 5));
  return { code: await target.exit(), states: target.lines, stderr: target.stderr, config, before };
}

// Without a C compiler no system call can be made to fail.
describe.skipIf(!canFailCalls)('target-jsonl', { timeout: 60_000 }, () => {
  test.each([
    ['a sync of its file failed', [`fsync data.jsonl ${ERRNO.EIO}`]],
    ['a write to its file failed', [`write data.jsonl ${ERRNO.EIO}`]],
    [
      'a sync of its file failed, and then that of the manifest too',
      [`fsync data.jsonl ${ERRNO.EIO}`, `fsync .data.manifest.json.part ${ERRNO.EIO}`],
    ],
  ])('prints no state after %s, and the next run goes on in another file', async (_what, faults) => {
    const folder = tempFolder();

    const { code, states, stderr, config, before } = await runThatFails(folder, ...faults);

    expect(code, stderr).toBe(3);
    expect(stderr).toContain('Table hooks-data cannot be written (EIO');
    expect(states).toEqual([hookState(5)]);

    const next = await runProgram('target-jsonl', ['--config', config], { stdin: hookLines(6, 12, 100) });
    expect(next.code, next.stderr).toBe(0);
    expect(next.lines).toEqual([hookState(12)]);
    expect(fileNumber(folder)).not.toBe(before);
    expect(positionsIn(folder)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test.each([
    ['refused the manifest too', () => {}],
    [
      'refused the manifest too, which was then moved away',
      (folder: string) => rmSync(join(folder, 'hooks/.data.manifest.json')),
    ],
  ])('goes on in another file when the disk refused the first write of a run and %s', async (_what, then) => {
    const folder = tempFolder();
    const calls = new FailingCalls();
    const config = targetConfigFile(folder);
    const run = (stdin: string) =>
      runProgram('target-jsonl', ['--config', config], { stdin, env: calls.env });
    expect((await run(hookLines(1, 5, 5))).code).toBe(0);
    const before = fileNumber(folder);
    calls.fail(`write data.jsonl ${ERRNO.EIO}`, `fsync .data.manifest.json.part ${ERRNO.EIO}`);
    expect((await run(hookLines(6, 10, 5))).code).toBe(3);
    calls.stop();
    then(folder);

    const next = await run(hookLines(4, 12, 100));

    expect(next.code, next.stderr).toBe(0);
    expect(fileNumber(folder)).not.toBe(before);
    expect(positionsIn(folder)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('goes on in the same file after a disk was full', async () => {
    const folder = tempFolder();

    const { code, states, config, before } = await runThatFails(folder, `write data.jsonl ${ERRNO.ENOSPC}`);

    expect(code).toBe(3);
    expect(states).toEqual([hookState(5)]);
    const next = await runProgram('target-jsonl', ['--config', config], { stdin: hookLines(6, 12, 100) });
    expect(next.code, next.stderr).toBe(0);
    expect(fileNumber(folder)).toBe(before);
    expect(positionsIn(folder)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});
