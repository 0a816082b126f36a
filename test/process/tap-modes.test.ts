import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { records, singer, states } from '../helpers/tap.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { until } from '../helpers/until.js';

describe('listen', () => {
  it('is the default mode: it takes webhooks and emits them until it is stopped', async () => {
    const home = new TapProcesses();
    const { program, post } = await home.listen();
    expect(await post('shop', { n: 1 })).toBe(200);
    expect(await post('shop', [{ n: 2 }, { n: 3 }])).toBe(200);
    await until(() => records(program.lines).length === 3, 'three records');
    program.child.kill('SIGTERM');
    expect(await program.exit()).toBe(0);
    expect(records(program.lines).map(({ n, _sdc_position }) => [n, _sdc_position])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(singer(program.lines).at(-1)?.value.bookmarks['shop-data']?.position).toBe(3);
  });

  it('ends cleanly on Ctrl-C too', async () => {
    const { program } = await new TapProcesses().listen('listen');
    program.child.kill('SIGINT');
    expect(await program.exit()).toBe(0);
    expect(program.stdout).toBe('');
  });
});

describe('receive', () => {
  it('takes webhooks and prints nothing', async () => {
    const home = new TapProcesses();
    const { program, post } = await home.listen('receive');
    expect(await post('shop', { n: 1 })).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.exit()).toBe(0);
    expect(program.stdout).toBe('');
    expect(records((await home.run('drain')).lines)).toMatchObject([{ n: 1 }]);
  });

  it('refuses an inbox that another receiver already writes', async () => {
    const home = new TapProcesses();
    await home.listen('receive');
    const second = await home.run('receive');
    expect(second.code).toBe(4);
    expect(second.stderr).toContain('a receiver writes it already');
  });
});

describe('follow', () => {
  it('emits what a receiver in another process takes', async () => {
    const home = new TapProcesses();
    const { post } = await home.listen('receive');
    const pipe = home.start('follow');
    await pipe.saw('Emitting until stopped');
    expect(await post('shop', { n: 1 })).toBe(200);
    await until(() => records(pipe.lines).length === 1, 'the record');
    pipe.child.kill('SIGTERM');
    expect(await pipe.exit()).toBe(0);
    expect(singer(pipe.lines).at(-1)?.type).toBe('STATE');
  });

  it('is refused while another pipe reads as the same consumer', async () => {
    const home = new TapProcesses();
    await home.fill('shop', { n: 1 });
    const first = home.start('follow');
    await first.saw('Emitting until stopped');
    const second = await home.run('follow');
    expect(second.code).toBe(4);
    expect(second.stderr).toContain('The consumer default is in use by another process');
    expect((await home.run('consumers', 'drop', 'default')).code).toBe(4);
  });

  it('runs once for each consumer, and each gets every event', async () => {
    const home = new TapProcesses();
    const { post } = await home.listen('receive');
    const first = home.start('follow');
    await first.saw('Emitting until stopped');
    home.configure(['shop'], { consumer: 'archive' });
    const second = home.start('follow');
    await second.saw('Emitting until stopped');
    expect(await post('shop', { n: 1 })).toBe(200);
    await until(() => [first, second].every((pipe) => records(pipe.lines).length === 1), 'both records');
    const { consumers } = JSON.parse((await home.run('consumers', 'list', '--json')).stdout);
    expect(consumers.map((consumer: { consumer: string }) => consumer.consumer)).toEqual([
      'archive',
      'default',
    ]);
  });
});

describe('drain', () => {
  it('runs beside a receiver', async () => {
    const home = new TapProcesses();
    const { post } = await home.listen('receive');
    expect(await post('shop', { n: 1 })).toBe(200);
    const { code, lines } = await home.run('drain');
    expect(code).toBe(0);
    expect(records(lines)).toMatchObject([{ n: 1 }]);
    expect(await post('shop', { n: 2 })).toBe(200);
  });

  it('does not keep a receiver from starting', async () => {
    const home = new TapProcesses();
    await home.fill('shop', ...Array.from({ length: 50 }, (_, n) => ({ n })));
    const first = await home.run('drain', '--state', home.state);
    writeFileSync(home.state, `${states(first.lines).at(-1)}\n`);
    const drains = Array.from({ length: 4 }, (_, n) => {
      const own = join(home.folder, `drain-${n}.json`);
      writeFileSync(own, JSON.stringify({ consumer: `c${n}`, retention_days: 0 }));
      return home.run('drain', '--state', home.state, '--config', own);
    });
    const { post } = await home.listen('receive');
    expect(await post('shop', { n: 99 })).toBe(200);
    for (const drain of drains) expect((await drain).code).toBe(0);
  });
});
