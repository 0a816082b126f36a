import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { ThreadClient, type ThreadOptions, threadUrl } from '../../packages/singer/dist/worker.js';
import { tempFolder } from '../helpers/temp.js';
// @ts-expect-error a plain module, shared with the thread
import { Refused } from './fixtures/refused.mjs';

/** The methods that `fixtures/thread.mjs` serves. */
interface CounterThread {
  add(by: number): number;
  addLater(by: number, ms: number): Promise<number>;
  bytes(bytes: Uint8Array): Uint8Array;
  refuse(message: string): void;
  failWithCode(): void;
  failAsSystem(): void;
  failAsDefect(): void;
  end(): void;
  crash(): Promise<void>;
}

class Unavailable extends Error {}

const options: ThreadOptions = {
  url: new URL('./fixtures/thread.mjs', import.meta.url),
  data: () => ({ count: 0 }),
  errors: { Refused },
  ended: () => new Unavailable('the counter has ended'),
};

const clients: ThreadClient<CounterThread>[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.terminate();
});

function onDemand(more: Partial<ThreadOptions> = {}): ThreadClient<CounterThread> {
  const client = ThreadClient.onDemand<CounterThread>({ ...options, ...more });
  clients.push(client);
  return client;
}

async function kept(more: object = {}): Promise<ThreadClient<CounterThread>> {
  const client = await ThreadClient.start<CounterThread>({ ...options, restartMs: 1, ...more });
  clients.push(client);
  return client;
}

describe('a call', () => {
  test('is answered with what the method returns, in order', async () => {
    const { call } = onDemand();
    expect(await Promise.all([call('add', [1]), call('add', [2]), call('add', [3])])).toEqual([1, 3, 6]);
  });

  test('of a method that returns a promise is answered later, and others are answered meanwhile', async () => {
    const { call } = onDemand();
    const later = call('addLater', [10, 50]);
    expect(await call('add', [1])).toBe(1);
    expect(await later).toBe(11);
  });

  test('hands memory over in both directions instead of copying it', async () => {
    const { call } = onDemand();
    const bytes = Uint8Array.of(1, 2, 3);
    expect(await call('bytes', [bytes], [bytes.buffer])).toEqual(Uint8Array.of(1, 2, 3));
    expect(bytes.byteLength).toBe(0);
  });

  test('of an unknown method does not compile, and is rejected', async () => {
    const { call } = onDemand();
    // @ts-expect-error there is no such method
    await expect(call('subtract', [1])).rejects.toThrow('the thread has no method subtract');
    // @ts-expect-error of another type
    expect(await call('add', ['1'])).toBe('01');
  });

  test('with arguments that cannot be cloned is rejected', async () => {
    const { call } = onDemand();
    // @ts-expect-error a function cannot cross
    await expect(call('add', [() => 1])).rejects.toThrow(/could not be cloned/);
    expect(await call('add', [1])).toBe(1);
  });
});

describe('an error of a method', () => {
  test('keeps code and exit code when it is a ToolkitError', async () => {
    await expect(onDemand().call('failWithCode', [])).rejects.toMatchObject({
      name: 'ToolkitError',
      code: 'disk_full',
      exitCode: 3,
      message: 'The disk is full; make room.',
    });
  });

  test('keeps its class when that is registered', async () => {
    await expect(onDemand().call('refuse', ['not today'])).rejects.toThrow(
      expect.objectContaining({ constructor: Refused, message: 'not today' }),
    );
  });

  test('keeps the code of a failed system call', async () => {
    await expect(onDemand().call('failAsSystem', [])).rejects.toMatchObject({
      code: 'ENOSPC',
      message: 'no space left',
    });
  });

  test('tells where in the thread it happened when it is a defect', async () => {
    const error: Error = await onDemand()
      .call('failAsDefect', [])
      .then(
        () => expect.unreachable(),
        (cause) => cause,
      );
    expect(error.message).toBe('x is not a thing');
    expect(error.stack).toContain('thread.mjs');
  });
});

describe('a thread on demand', () => {
  test('that ends rejects the calls that wait, and the next call starts another', async () => {
    const { call } = onDemand();
    expect(await call('add', [5])).toBe(5);
    const lost = [call('end', []), call('add', [1])];
    for (const one of lost) await expect(one).rejects.toThrow(Unavailable);
    expect(await call('add', [1])).toBe(1);
  });

  // A thread out of memory ends in the same way; test/tap-webhooks/inbox runs one out of memory, in a process of its own.
  test('that ends by an uncaught error rejects the call, and the next call starts another', async () => {
    const { call } = onDemand();
    await expect(call('crash', [])).rejects.toThrow(Unavailable);
    expect(await call('add', [1])).toBe(1);
  });

  test('that cannot open what it serves rejects the calls with that error', async () => {
    const { call } = onDemand({
      data: () => ({ failure: 'There is no counter.' }),
      ended: (cause?: Error) => cause ?? new Error('ended'),
    });
    await expect(call('add', [1])).rejects.toMatchObject({ code: 'no_counter', exitCode: 3 });
  });

  test('takes no call any more once it is closed', async () => {
    const client = onDemand();
    await client.call('add', [1]);
    await client.close();
    await expect(client.call('add', [1])).rejects.toThrow(Unavailable);
  });
});

describe('a kept thread', () => {
  test('answers the calls made before it is closed', async () => {
    const client = await kept();
    const answers = [client.call('add', [1]), client.call('addLater', [1, 20])];
    await client.close();
    expect(await Promise.all(answers)).toEqual([1, 2]);
  });

  test('that cannot open what it serves fails to start, with that error', async () => {
    await expect(kept({ data: () => ({ failure: 'There is no counter.' }) })).rejects.toMatchObject({
      code: 'no_counter',
    });
  });

  test('is started again when it ends, prepared before anybody can use it', async () => {
    let starts = 0;
    const client = await kept({
      prepare: async (call: ThreadClient<CounterThread>['call']) => {
        starts += 1;
        await call('add', [100 * starts]);
      },
    });
    expect(await client.call('add', [1])).toBe(101);
    await expect(client.call('end', [])).rejects.toThrow(Unavailable);
    await expect(client.call('add', [1])).rejects.toThrow(Unavailable);
    await expect.poll(() => client.call('add', [0]).catch(() => 0), { timeout: 10_000 }).toBe(200);
  });

  test('is tried again until it can be prepared', async () => {
    let starts = 0;
    const client = await kept({
      prepare: async () => {
        starts += 1;
        if (starts === 2) throw new Error('not yet');
      },
    });
    await expect(client.call('end', [])).rejects.toThrow(Unavailable);
    await expect.poll(() => client.call('add', [0]).catch(() => -1), { timeout: 10_000 }).toBe(0);
    expect(starts).toBe(3);
  });
});

describe('the URL of a thread', () => {
  test('is the file beside the caller when that file exists', () => {
    const base = new URL('../../packages/singer/dist/index.js', import.meta.url).href;
    const url = threadUrl('./worker.js', base);
    expect(existsSync(fileURLToPath(url))).toBe(true);
    expect(url.href).toBe(new URL('../../packages/singer/dist/worker.js', import.meta.url).href);
  });

  test('is the compiled file when the caller is a source', () => {
    const folder = tempFolder();
    const caller = pathToFileURL(join(folder, 'src/inbox/client.ts')).href;
    expect(threadUrl('./thread.js', caller).pathname).toBe(join(folder, 'dist/inbox/thread.js'));
    mkdirSync(join(folder, 'src/inbox'), { recursive: true });
    writeFileSync(join(folder, 'src/inbox/thread.js'), '');
    expect(threadUrl('./thread.js', caller).pathname).toBe(join(folder, 'src/inbox/thread.js'));
  });
});
