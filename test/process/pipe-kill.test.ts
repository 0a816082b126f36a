import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pipe, rowsOf } from '../helpers/pipe.js';
import { TapHome } from '../helpers/tap.js';
import { until } from '../helpers/until.js';

/** Posts rising numbers, several at a time, until told to stop. Keeps the numbers that were acknowledged. */
async function postUntil(
  stop: AbortSignal,
  port: number,
  path: string,
  next: () => number,
  acknowledged: Set<number>,
): Promise<void> {
  const one = async () => {
    while (!stop.aborted) {
      const n = next();
      try {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: `{"n":${n}}` });
        await answer.text();
        if (answer.status === 200) acknowledged.add(n);
      } catch {
        await sleep(5); // it was killed: this one was not acknowledged
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

describe('tap | target, killed at random and started again', () => {
  it('has every acknowledged event in the table, once', async () => {
    const home = new TapHome(['shop'], { retention_days: 0, state_interval_seconds: 0.1 });
    const path = await home.path('shop');
    const acknowledged = new Set<number>();
    let last = 0;
    for (const lifetime of [300, 700, 150, 1100, 500]) {
      const pipe = new Pipe(home);
      const port = await pipe.port();
      const stop = new AbortController();
      const posting = postUntil(stop.signal, port, path, () => ++last, acknowledged);
      await sleep(lifetime); // any instant will do
      pipe.kill();
      stop.abort();
      await Promise.all([posting, pipe.exit()]);
    }
    const pipe = new Pipe(home);
    await pipe.port();
    const missing = () => {
      const there = new Set(rowsOf(home, 'shop').map(({ n }) => n));
      return [...acknowledged].filter((n) => !there.has(n));
    };
    await until(() => missing().length === 0, 'every acknowledged event', 60_000);
    pipe.tap.kill('SIGTERM');
    expect(await pipe.exit(), pipe.log).toEqual([0, 0]);
    const rows = rowsOf(home, 'shop');
    expect(acknowledged.size).toBeGreaterThan(0);
    expect(new Set(rows.map(({ n }) => n)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => row._sdc_position)).size).toBe(rows.length);
  });

  it('continues after only the target was killed, since the tap keeps everything', async () => {
    const home = new TapHome();
    const path = await home.path('shop');
    const pipe = new Pipe(home);
    const port = await pipe.port();
    const post = (n: number) =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: `{"n":${n}}` });
    expect((await post(1)).status).toBe(200);
    pipe.target.kill('SIGKILL');
    expect((await post(2)).status).toBe(200);
    expect(await pipe.exit()).toEqual([6, null]);
    const drain = new Pipe(home, 'drain');
    expect(await drain.exit(), drain.log).toEqual([0, 0]);
    expect(rowsOf(home, 'shop').map(({ n }) => n)).toEqual([1, 2]);
  });
});

describe('tap | target, stopped cleanly', () => {
  it('loads each event once over two runs, and confirms it', async () => {
    const home = new TapHome(['shop'], { retention_days: 0 });
    const path = await home.path('shop');
    for (const n of [1, 2]) {
      const pipe = new Pipe(home);
      const port = await pipe.port();
      await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: `{"n":${n}}` });
      await until(() => rowsOf(home, 'shop').length === n, 'the row');
      pipe.tap.kill('SIGTERM');
      expect(await pipe.exit(), pipe.log).toEqual([0, 0]);
    }
    const drain = new Pipe(home, 'drain');
    expect(await drain.exit(), drain.log).toEqual([0, 0]);
    expect(rowsOf(home, 'shop').map(({ n }) => n)).toEqual([1, 2]);
    const status = JSON.parse((await home.run('status', '--json')).stdout);
    expect(status.streams[0]).toMatchObject({ newest: 2, kept: 0 });
  });
});
