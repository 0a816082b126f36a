import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Pipe, rowsOf } from '../helpers/pipe.js';
import { TapProcesses } from '../helpers/tap-processes.js';

it.each([
  ['half a state', '{"bookmarks":{"shop-da'],
  ['NULs', '\0\0\0\0\0\0'],
])('a pipe goes on, run after run, with a state file that a crash left with %s', async (_, left) => {
  const home = new TapProcesses();
  await home.path('shop');
  writeFileSync(home.state, left);
  for (let run = 1; run <= 2; run += 1) {
    await home.fill('shop', { n: run });
    const pipe = new Pipe(home, 'drain');
    expect(await pipe.exit(), pipe.log).toEqual([0, 0]);
  }
  expect(rowsOf(home, 'shop').map(({ n }) => n)).toEqual([1, 2]);
  const states = readFileSync(home.state, 'utf8').split('\n').slice(1, -1);
  expect(JSON.parse(states.at(-1) ?? '').bookmarks['shop-data'].position).toBe(2);
});
