import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canFailCalls, ERRNO, FailingCalls } from '../../helpers/failing-calls.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { expectWhole, WriterProcess } from './writer-process.js';

/** A process that appends events, and whose system calls can be made to fail. */
async function startWriter(bytes: number) {
  const folder = tempFolder();
  const calls = new FailingCalls();
  const writer = new WriterProcess([folder, 0, 4, bytes], ':', calls.env);
  await until(() => writer.acknowledged.length > 0, 'an acknowledged event');
  const refused = (what: string) =>
    until(() => writer.output.includes('refused'), `a refusal: ${what}`, 60_000);
  const takenAgain = async () => {
    const before = writer.acknowledged.length;
    await until(() => writer.acknowledged.length > before, 'events that are taken again', 60_000);
  };
  return { folder, calls, writer, refused, takenAgain };
}

const digestsOf = (folder: string, ...names: string[]) =>
  names.map((name) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  );

// Without a C compiler no system call can be made to fail.
describe.skipIf(!canFailCalls)('the inbox', () => {
  it.each([
    ['the sync of a commit', 'fsync inbox.sqlite-wal'],
    ['the sync of a checkpoint', 'fsync inbox.sqlite'],
    ['a write of a commit', 'write inbox.sqlite-wal'],
    ['a write of a checkpoint', 'write inbox.sqlite'],
  ])('writes nothing more to its file after %s failed, and goes on in a copy', async (_what, call) => {
    const { folder, calls, writer, refused, takenAgain } = await startWriter(200_000);
    calls.fail(`${call} ${ERRNO.EIO}`, `fsync inbox-2.sqlite ${ERRNO.EIO}`);
    await refused(call);
    const before = digestsOf(folder, 'inbox.sqlite', 'inbox.sqlite-wal');
    calls.stop();
    await takenAgain();
    await writer.kill();
    expect(readFileSync(join(folder, 'current'), 'utf8')).toBe('{"file":"inbox-2.sqlite"}\n');
    expect(digestsOf(folder, 'inbox.sqlite', 'inbox.sqlite-wal')).toEqual(before);
    await expectWhole(folder, writer.acknowledged);
  });

  it.each([
    ['ENOSPC', ERRNO.ENOSPC],
    ['EDQUOT', ERRNO.EDQUOT],
  ])('goes on in the same file after a write that failed with %s', async (_name, errno) => {
    const { folder, calls, writer, refused, takenAgain } = await startWriter(2000);
    calls.fail(`write inbox.sqlite-wal ${errno}`);
    await refused('of the write');
    calls.stop();
    await takenAgain();
    await writer.kill();
    expect(readdirSync(folder)).not.toContain('current');
    await expectWhole(folder, writer.acknowledged);
  });

  it('waits for room for the copy when a sync reports that there is none', async () => {
    const { folder, calls, writer, refused, takenAgain } = await startWriter(2000);
    calls.fail(`fsync inbox.sqlite-wal ${ERRNO.ENOSPC}`, `write inbox-2.sqlite ${ERRNO.ENOSPC}`);
    await refused('of the sync');
    await until(() => writer.output.includes('database or disk is full'), 'a copy without room');
    calls.stop();
    await takenAgain();
    await writer.kill();
    expect(existsSync(join(folder, 'inbox-2.sqlite'))).toBe(true);
    await expectWhole(folder, writer.acknowledged);
  });
});
