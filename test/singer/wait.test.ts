import { getEventListeners } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { aborted, pause, until, within } from '../../packages/singer/dist/index.js';

const never = new Promise<never>(() => {});
const late = () => new Error('too late');

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

test('within resolves to what the work resolves to when it is in time', async () => {
  expect(await within(Promise.resolve(1), 1000, late)).toBe(1);
  expect(await within(Promise.resolve(1), Number.POSITIVE_INFINITY)).toBe(1);
  await expect(within(Promise.reject(new Error('broken')), 1000, late)).rejects.toThrow('broken');
});

test('within throws the error it is given when a time or a signal comes first', async () => {
  await expect(within(never, 1, late)).rejects.toThrow('too late');
  await expect(within(never, AbortSignal.abort(), late)).rejects.toThrow('too late');
  const stop = new AbortController();
  const waiting = within(never, stop.signal, late);
  stop.abort();
  await expect(waiting).rejects.toThrow('too late');
});

test('within without an error is undefined when the limit comes first', async () => {
  expect(await within(never, 1)).toBeUndefined();
});

test('within leaves no listener on the signal', async () => {
  const { signal } = new AbortController();
  await within(Promise.resolve(), signal);
  expect(listeners(signal)).toBe(0);
});

test('until aborts the work when a time has passed', async () => {
  expect(await until([1], async (over) => aborted(over).then(() => 'aborted'))).toBe('aborted');
});

test('until aborts the work when one of the signals aborts, and leaves no listener on the others', async () => {
  const first = new AbortController();
  const second = new AbortController();
  const work = until([first.signal, second.signal, Number.POSITIVE_INFINITY], (over) => aborted(over));
  second.abort();
  await work;
  expect(listeners(first.signal)).toBe(0);
});

test('until does not start the work when a signal has already aborted', async () => {
  expect(await until([AbortSignal.abort()], () => expect.unreachable())).toBeUndefined();
});

test('until aborts what the work left running once the work is done', async () => {
  let left: AbortSignal | undefined;
  expect(
    await until([1000], async (over) => {
      left = over;
      return 'done';
    }),
  ).toBe('done');
  expect(left?.aborted).toBe(true);
});

test('pause ends when the signal aborts, without an error', async () => {
  const stop = new AbortController();
  const paused = pause(60_000, stop.signal);
  stop.abort();
  await paused;
  await pause(1);
});

test('a time that is longer than a timer can be is waited for as a whole', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let isLate = false;
  const waiting = within(never, 3_000_000_000).then(() => {
    isLate = true;
  });
  // Not step by step with promises: what other tests of this process left may set timers as well.
  vi.advanceTimersByTime(2_999_999_999);
  await Promise.resolve();
  expect(isLate).toBe(false);
  vi.advanceTimersByTime(1);
  await waiting;
  expect(isLate).toBe(true);
});
