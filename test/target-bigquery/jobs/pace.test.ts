import { loggerOf } from '@tap-webhooks/singer/log';
import { describe, expect, test } from 'vitest';
import { LoadPace } from '../../../packages/target-bigquery/dist/jobs/pace.js';

const HOUR_MS = 3_600_000;
const now = Date.now();
const warnings: string[] = [];
const log = loggerOf((_, __, message) => warnings.push(message));

function pace(loads: readonly number[], limit = 1500, stop = new AbortController().signal): LoadPace {
  return new LoadPace(loads, { limit, log, stop });
}

const loadsSince = (ms: number, count: number) =>
  Array.from({ length: count }, (_, index) => now - ms + index);

describe('the pace of loads', () => {
  test('no load waits while half of the daily quota is left', () => {
    expect(pace(loadsSince(HOUR_MS, 749)).waitMs(now)).toBe(0);
  });

  test('once half of the quota is used, one load is made in 57.6 seconds, as the quota gives them back', () => {
    const wait = pace([...loadsSince(HOUR_MS, 749), now]).waitMs(now);

    expect(wait).toBe(57_600);
  });

  test('a load that comes late enough by itself does not wait', () => {
    expect(pace([...loadsSince(HOUR_MS, 749), now - 60_000]).waitMs(now)).toBe(0);
  });

  test('when the quota is used up, a load waits until the oldest one is a day ago', () => {
    expect(pace(loadsSince(20 * HOUR_MS, 1500)).waitMs(now)).toBe(4 * HOUR_MS);
  });

  test('loads that are older than a day do not count', () => {
    expect(pace(loadsSince(25 * HOUR_MS, 1500)).waitMs(now)).toBe(0);
  });

  test('the log says when rows arrive later because of the quota', async () => {
    const stop = AbortSignal.abort();
    await pace([...loadsSince(HOUR_MS, 749), Date.now()], 1500, stop).turn();

    expect(warnings.join()).toContain('loaded every 58 seconds');
  });

  test('a used-up quota is not waited for when the run is to stop', async () => {
    await expect(pace(loadsSince(HOUR_MS, 1500), 1500, AbortSignal.abort()).turn()).rejects.toMatchObject({
      kind: 'quota',
    });
  });
});
