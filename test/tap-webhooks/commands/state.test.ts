import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { records, states, TapHome } from '../../helpers/tap.js';

/** An inbox with these events, drained, and the state that its target would keep. */
async function drained(home: TapHome, ...bodies: object[]): Promise<string> {
  await home.fill('shop', ...bodies);
  const state = states((await home.run('drain')).lines).at(-1) ?? '';
  writeFileSync(home.state, `${state}\n`);
  return state;
}

async function statusOf(home: TapHome) {
  return JSON.parse((await home.run('status', '--json')).stdout);
}

describe('a state that does not fit the inbox stops the tap', () => {
  it('when it is of another inbox, unless that one is accepted', async () => {
    const home = new TapHome();
    const state = await drained(home, { n: 1 }, { n: 2 });
    rmSync(home.inbox, { recursive: true });
    const fresh = new TapHome();
    await fresh.fill('shop', { n: 3 });
    const refused = await fresh.run('drain', '--state', home.state);
    expect([refused.code, refused.stdout]).toEqual([5, '']);
    expect(refused.stderr).toContain('is of the inbox');
    const lost = JSON.parse(state).bookmarks['shop-data'].inbox;
    fresh.configure(['shop'], { accept_state_of_inbox: lost });
    const accepted = await fresh.run('drain', '--state', home.state);
    expect(accepted.code).toBe(0);
    expect(records(accepted.lines)).toMatchObject([{ n: 3 }]);
  });

  it('when an old copy of the inbox was put back, also after new events have filled the gap', async () => {
    const home = new TapHome();
    await home.fill('shop', { n: 1 });
    cpSync(home.inbox, `${home.inbox}.copy`, { recursive: true });
    await drained(home, { n: 2 }, { n: 3 });
    rmSync(home.inbox, { recursive: true });
    cpSync(`${home.inbox}.copy`, home.inbox, { recursive: true });
    const behind = await home.run('drain', '--state', home.state);
    expect(behind.code).toBe(5);
    expect(behind.stderr).toContain('an older copy of the inbox was put back');
    await home.fill('shop', { n: 4 }, { n: 5 }, { n: 6 });
    const filled = await home.run('drain', '--state', home.state);
    expect([filled.code, filled.stdout]).toEqual([5, '']);
    expect(filled.stderr).toContain('an older copy of the inbox was put back');
    expect(filled.stderr).toContain('`tap-webhooks inbox renew`');
  });

  it('when an old copy of the inbox was put back, until the inbox is renewed: then nothing that it has is left out', async () => {
    const home = new TapHome();
    await drained(home, { n: 1 });
    expect((await home.run('drain', '--state', home.state)).code).toBe(0); // confirms position 1
    cpSync(home.inbox, `${home.inbox}.copy`, { recursive: true });
    await drained(home, { n: 2 }, { n: 3 });
    rmSync(home.inbox, { recursive: true });
    cpSync(`${home.inbox}.copy`, home.inbox, { recursive: true });
    await home.fill('shop', { n: 4 });
    const renewed = await home.run('inbox', 'renew', '--json');
    expect(JSON.parse(renewed.stdout)).toEqual({ incarnation: expect.any(String), first_position: 3 });
    await home.fill('shop', { n: 5 });
    const { code, lines, stderr } = await home.run('drain', '--state', home.state);
    expect(code).toBe(0);
    expect(stderr).toContain('1 positions are lost to it');
    const emitted = records(lines).map(({ n, _sdc_position: position, _sdc_inbox: inbox }) => [
      n,
      position,
      inbox,
    ]);
    const [[, , first] = []] = emitted;
    const { incarnation } = JSON.parse(renewed.stdout);
    expect(first).not.toBe(incarnation);
    // Position 1 was confirmed by the copy's consumer. Position 2 had another event in the lost future.
    expect(emitted).toEqual([
      [4, 2, first],
      [5, 3, incarnation],
    ]);
  });

  it('when it is no state at all', async () => {
    const home = new TapHome();
    await home.fill('shop', { n: 1 });
    writeFileSync(home.state, 'what is this?\nno state\n');
    const { code, stderr } = await home.run('drain', '--state', home.state);
    expect(code).toBe(5);
    expect(stderr).toContain('it holds no state');
  });
});

describe('deleting', () => {
  it('is done by a drain when no receiver runs', async () => {
    const home = new TapHome(['shop'], { retention_days: 0 });
    await drained(home, { n: 1 }, { n: 2 });
    expect((await statusOf(home)).streams[0].kept).toBe(2);
    expect((await home.run('drain', '--state', home.state)).code).toBe(0);
    expect((await statusOf(home)).streams[0]).toMatchObject({ kept: 0, newest: 2 });
    await home.fill('shop', { n: 3 });
    const after = await home.run('drain', '--state', home.state);
    expect(records(after.lines)).toMatchObject([{ n: 3, _sdc_position: 3 }]);
  });

  it('waits for every consumer', async () => {
    const home = new TapHome(['shop'], { retention_days: 0, consumer: 'slow' });
    await home.fill('shop', { n: 1 });
    await home.run('drain');
    home.configure(['shop'], { retention_days: 0 });
    await drained(home);
    await home.run('drain', '--state', home.state);
    expect((await statusOf(home)).streams[0].kept).toBe(1);
    expect((await home.run('consumers', 'drop', 'slow')).code).toBe(0);
    await home.run('drain', '--state', home.state);
    expect((await statusOf(home)).streams[0].kept).toBe(0);
  });

  it('never happens without --state, which is said at the start', async () => {
    const home = new TapHome(['shop'], { retention_days: 0 });
    await home.fill('shop', { n: 1 });
    const { stderr } = await home.run('drain');
    expect(stderr).toContain('No --state is given');
    await home.run('drain');
    expect((await statusOf(home)).streams[0].kept).toBe(1);
    expect(readFileSync(`${home.inbox}/consumers/default.json`, 'utf8')).not.toContain('position');
  });

  it('waits for the retention time', async () => {
    const home = new TapHome();
    await drained(home, { n: 1 });
    await home.run('drain', '--state', home.state);
    const status = await statusOf(home);
    expect(status.streams[0].kept).toBe(1);
    expect(status.consumers[0].streams[0]).toMatchObject({ confirmed: 1, waiting: 0 });
  });
});
