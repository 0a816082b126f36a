import { createLogger } from '@tap-webhooks/singer/log';
import { Room } from '@tap-webhooks/target-core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

const log = createLogger('target-core', { LOGLEVEL: 'fatal' });
const failure = (code: string) => Object.assign(new Error(code), { code });

/** Work that fails with each of the codes in turn, and then returns how often it was called. */
function failing(...codes: readonly string[]) {
  let calls = 0;
  return async () => {
    const code = codes[calls++];
    if (code !== undefined) throw failure(code);
    return calls;
  };
}

describe('work on a full disk', () => {
  test.each(['ENOSPC', 'EDQUOT'])('is repeated after %s', async (code) => {
    const room = new Room({ log });
    expect(await room.whenThere('s', failing(code))).toBe(2);
    expect(room.isOver).toBe(false);
  });

  test.each(['EIO', 'EFBIG', 'EROFS'])('is not repeated after %s', async (code) => {
    const room = new Room({ log });
    await expect(room.whenThere('s', failing(code))).rejects.toMatchObject({ code });
    expect(room.isOver).toBe(false);
  });

  test('is not repeated when the time is over, and neither is the work of other tables', async () => {
    const room = new Room({ log, mostMs: 0 });
    await expect(room.whenThere('s', failing('ENOSPC'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(room.isOver).toBe(true);
    await expect(room.whenThere('other', failing('ENOSPC'))).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  test('is repeated though the clock jumps by 40 days', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const room = new Room({ log });
    const work = failing('ENOSPC');
    const jumping = () => {
      vi.setSystemTime(Date.now() + 40 * 86_400_000);
      return work();
    };
    expect(await room.whenThere('s', jumping)).toBe(2);
    expect(room.isOver).toBe(false);
  });

  test('is tried once more when the run is stopped while it waits', async () => {
    const stop = new AbortController();
    const room = new Room({ log, stop: stop.signal });
    const work = room.whenThere('s', failing('ENOSPC', 'ENOSPC'));
    stop.abort();
    await expect(work).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(room.isOver).toBe(false);
  });
});
