import { describe, it } from 'vitest';
import { canFailCalls, ERRNO, FailingCalls } from '../../helpers/failing-calls.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { expectWhole, WriterProcess } from './writer-process.js';

// Without a C compiler no system call can be made to fail.
describe.skipIf(!canFailCalls)('a sync that fails', () => {
  it('of the database file refuses events, though those are in the log, which can be synced', async () => {
    const folder = tempFolder();
    const calls = new FailingCalls();
    const writer = new WriterProcess([folder, 0, 4, 200_000], ':', calls.env);
    await until(() => writer.acknowledged.length > 0, 'an acknowledged event');
    calls.fail(`fsync inbox.sqlite ${ERRNO.EIO}`);
    await until(() => writer.output.includes('refused'), 'a refusal', 60_000);
    calls.stop();
    const before = writer.acknowledged.length;
    await until(() => writer.acknowledged.length > before, 'events that are taken again', 60_000);
    await writer.kill();
    await expectWhole(folder, writer.acknowledged);
  });
});
