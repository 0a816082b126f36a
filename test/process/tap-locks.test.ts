import { describe, expect, it } from 'vitest';
import { TapProcesses } from '../helpers/tap-processes.js';

describe('after kill -9', () => {
  it('a receiver starts at once', async () => {
    const home = new TapProcesses();
    const first = await home.listen('receive');
    expect(await first.post('shop', { n: 1 })).toBe(200);
    first.program.child.kill('SIGKILL');
    expect(await first.program.exit()).toBe(-1);
    const second = await home.listen('receive');
    expect(await second.post('shop', { n: 2 })).toBe(200);
  });

  it('a pipe can read as its consumer at once', async () => {
    const home = new TapProcesses();
    await home.fill('shop', { n: 1 });
    const first = home.start('follow');
    await first.saw('"RECORD"');
    first.child.kill('SIGKILL');
    await first.exit();
    expect((await home.run('drain')).code).toBe(0);
  });
});
