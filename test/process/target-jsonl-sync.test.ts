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

/** A target that has loaded positions 1 to 5, and whose calls fail from then on. */
async function failingTarget(folder: string, ...faults: readonly string[]) {
  const calls = new FailingCalls();
  const config = targetConfigFile(folder, { batch_size_rows: 5 });
  const target = new RunningProgram('target-jsonl', ['--config', config], { env: calls.env });
  target.child.stdin?.write(hookLines(1, 5, 5));
  await target.saw(hookState(5));
  const before = fileNumber(folder);
  calls.fail(...faults);
  return { calls, config, target, before };
}

/** A run whose calls fail from position 6 on. */
async function runThatFails(folder: string, ...faults: readonly string[]) {
  const { config, target, before } = await failingTarget(folder, ...faults);
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

  describe('when the disk is full', () => {
    /** A target that has loaded positions 1 to 5, and cannot load 6 to 10. */
    async function fullDisk(folder: string, ...faults: readonly string[]) {
      const failing = await failingTarget(folder, ...faults);
      const { target } = failing;
      target.child.stdin?.write(hookLines(6, 10, 5));
      await target.saw('there is no room on the disk');
      expect(target.lines).toEqual([hookState(5)]);
      return failing;
    }

    test.each([
      ['the disk', ERRNO.ENOSPC],
      ['the quota', ERRNO.EDQUOT],
    ])('goes on by itself, in the same file, once there is room in %s', async (_what, errno) => {
      const folder = tempFolder();
      const { target, calls, before } = await fullDisk(folder, `write data.jsonl ${errno}`);

      calls.stop();
      await target.saw(hookState(10));

      target.child.stdin?.end();
      expect(await target.exit(), target.stderr).toBe(0);
      expect(fileNumber(folder)).toBe(before);
      expect(positionsIn(folder)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test('goes on by itself in another file after a sync said so', async () => {
      const folder = tempFolder();
      const { target, calls, before } = await fullDisk(folder, `fsync data.jsonl ${ERRNO.ENOSPC}`);

      calls.stop();
      await target.saw(hookState(10));

      target.child.stdin?.end();
      expect(await target.exit(), target.stderr).toBe(0);
      expect(fileNumber(folder)).not.toBe(before);
      expect(positionsIn(folder)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test('waits for room to open a table', async () => {
      const folder = tempFolder();
      const calls = new FailingCalls();
      calls.fail(`write .data.manifest.json.part ${ERRNO.ENOSPC}`);
      const config = targetConfigFile(folder);
      const target = new RunningProgram('target-jsonl', ['--config', config], { env: calls.env });
      target.child.stdin?.write(hookLines(1, 5, 5));
      await target.saw('there is no room on the disk');

      calls.stop();
      await target.saw(hookState(5));

      target.child.stdin?.end();
      expect(await target.exit(), target.stderr).toBe(0);
      expect(positionsIn(folder)).toEqual([1, 2, 3, 4, 5]);
    });

    test('writes each row of a stream that is not marked once', async () => {
      const folder = tempFolder();
      const calls = new FailingCalls();
      const settings = { rotate_bytes: 150, compression: 'gzip', batch_size_rows: 6 };
      const target = new RunningProgram('target-jsonl', ['--config', targetConfigFile(folder, settings)], {
        env: calls.env,
      });
      const unmarked = (text: string) => text.replace(/,"x-sdc-identity":\[[^\]]*\]/, '');
      target.child.stdin?.write(unmarked(hookLines(1, 6, 20)));
      await target.saw(hookState(6));
      calls.fail(`write .data.manifest.json.part ${ERRNO.ENOSPC}`);
      target.child.stdin?.write(unmarked(hookLines(7, 18, 20)));
      target.child.stdin?.end();
      await target.saw('there is no room on the disk');

      calls.stop();

      expect(await target.exit(), target.stderr).toBe(0);
      expect(positionsIn(folder)).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
    });

    test('ends with 3 when it is told to, and the next run goes on in the same file', async () => {
      const folder = tempFolder();
      const { target, config, before } = await fullDisk(folder, `write data.jsonl ${ERRNO.ENOSPC}`);

      target.child.kill('SIGTERM');
      target.child.stdin?.end();

      expect(await target.exit(), target.stderr).toBe(3);
      expect(target.stderr).toContain('the disk is full: free some space and start again');
      expect(target.lines).toEqual([hookState(5)]);
      const next = await runProgram('target-jsonl', ['--config', config], { stdin: hookLines(6, 12, 100) });
      expect(next.code, next.stderr).toBe(0);
      expect(fileNumber(folder)).toBe(before);
      expect(positionsIn(folder)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });
  });
});
