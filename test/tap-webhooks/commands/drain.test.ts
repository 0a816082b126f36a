import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { records, states, TapHome } from '../../helpers/tap.js';

describe('drain', () => {
  it('ends by itself, and with state goes on where it was', async () => {
    const home = new TapHome();
    await home.fill('shop', { n: 1 }, { n: 2 });
    const first = await home.run('drain', '--state', home.state);
    expect(first.code).toBe(0);
    expect(records(first.lines).map(({ n }) => n)).toEqual([1, 2]);
    writeFileSync(home.state, `${states(first.lines).at(-1)}\n`);
    const second = await home.run('drain', '--state', home.state);
    expect(second.code).toBe(0);
    expect(records(second.lines)).toEqual([]);
    expect(states(second.lines)).toEqual([states(first.lines).at(-1)]);
    await home.fill('shop', { n: 3 });
    const third = await home.run('drain', '--state', home.state);
    expect(records(third.lines).map(({ n }) => n)).toEqual([3]);
  });

  it('prints nothing when there never was an event', async () => {
    const home = new TapHome();
    await home.fill('shop');
    const { code, stdout } = await home.run('drain');
    expect([code, stdout]).toEqual([0, '']);
  });

  it('can be named by the setting `mode`, and a word on the command line wins', async () => {
    const home = new TapHome(['shop'], { mode: 'drain' });
    await home.fill('shop', { n: 1 });
    expect(records((await home.run()).lines)).toMatchObject([{ n: 1 }]);
  });
});

describe.each(['follow', 'drain', 'status'])('%s', (mode) => {
  it('makes no inbox, and says that there is none', async () => {
    const home = new TapHome();
    const { code, stderr, stdout } = await home.run(mode);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`There is no inbox at ${home.inbox}`);
    expect(existsSync(home.inbox)).toBe(false);
  });
});
