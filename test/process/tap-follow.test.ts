import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../helpers/program.js';
import { records, states } from '../helpers/tap.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

describe('an integration', () => {
  it('is emitted by a pipe that ran before it was added, and continues where it was after a restart', async () => {
    const home = new TapProcesses(['shop'], { state_interval_seconds: 0.2 });
    const first = await home.listen('receive');
    expect(await first.post('shop', { n: 1 })).toBe(200);
    const pipe = home.start('follow');
    await until(() => records(pipe.lines).length === 1, 'the first record');
    first.program.child.kill('SIGTERM');
    expect(await first.program.exit()).toBe(0);
    home.configure(['shop', 'late']);
    const second = await home.listen('receive');
    expect(await second.post('late', { n: 2 })).toBe(200);
    await until(() => records(pipe.lines).length === 2, 'the record of the new stream');
    pipe.child.kill('SIGTERM');
    expect(await pipe.exit()).toBe(0);
    writeFileSync(home.state, `${states(pipe.lines).at(-1)}\n`);
    expect(await second.post('shop', { n: 3 })).toBe(200);
    const { lines } = await home.run('drain', '--state', home.state);
    expect(records(lines).map(({ n }) => n)).toEqual([3]);
  });
});

describe('--discover', () => {
  it('works without a config and without an inbox, and opens no port', async () => {
    const { code, stdout } = await runProgram('tap-webhooks', ['--discover'], { cwd: tempFolder() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ streams: [] });
  });

  it('describes the events received so far, beside a running pipe', async () => {
    const home = new TapProcesses();
    const { program, post } = await home.listen();
    expect(await post('shop', { n: 1 })).toBe(200);
    await until(() => records(program.lines).length === 1, 'the record');
    const [stream] = JSON.parse((await home.run('--discover')).stdout).streams;
    expect(stream.metadata).toContainEqual({
      breadcrumb: ['properties', 'n'],
      metadata: { inclusion: 'available', selected: true },
    });
  });
});

describe('deleting', () => {
  it('follows the state file while the pipe runs, and nothing comes back when the file shrinks', async () => {
    const home = new TapProcesses(['shop'], { retention_days: 0, state_interval_seconds: 0.2 });
    writeFileSync(home.state, '');
    const { program, post } = await home.listen('listen', '--state', home.state);
    expect(await post('shop', { n: 1 })).toBe(200);
    await until(() => states(program.lines).length > 0, 'a STATE');
    expect((await statusOf(home)).streams[0].kept).toBe(1);
    appendFileSync(home.state, `${states(program.lines).at(-1)}\n`);
    await until(async () => (await statusOf(home)).streams[0].kept === 0, 'the event to be deleted');
    truncateSync(home.state, 0);
    expect(await post('shop', { n: 2 })).toBe(200);
    await until(() => records(program.lines).length === 2, 'the second record');
    const [consumer] = (await statusOf(home)).consumers;
    expect(consumer.streams).toMatchObject([{ stream: 'shop-data', newest: 2, confirmed: 1, waiting: 1 }]);
  });
});

async function statusOf(home: TapProcesses) {
  return JSON.parse((await home.run('status', '--json')).stdout);
}
