import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFake } from '../fake-bigquery/fake.js';
import { RunningFixture } from '../helpers/fixture.js';
import { RunningProgram } from '../helpers/program.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

/** What README says: a program ends within 9 s of the signal. One more second is for a busy machine. */
const ENDS_WITHIN_MS = 10_000;

/** Sends SIGTERM, and resolves to the exit code. */
async function stopped(running: RunningProgram | RunningFixture): Promise<number> {
  const begun = performance.now();
  running.child.kill('SIGTERM');
  const [code, signal] = (await once(running.child, 'exit')) as [number | null, string | null];
  expect(performance.now() - begun).toBeLessThan(ENDS_WITHIN_MS);
  expect(signal, running.stderr).toBeNull();
  return code ?? -1;
}

/** Resolves once the reader of stdout, which is paused, has taken all that it takes. */
async function stuck(running: RunningProgram): Promise<void> {
  const { stdout } = running.child;
  await until(
    () => stdout && stdout.readableLength >= stdout.readableHighWaterMark,
    'the output to be stuck',
  );
}

const SCHEMA = '{"type":"SCHEMA","stream":"s","schema":{"properties":{"n":{}}},"key_properties":[]}\n';
const RECORD = '{"type":"RECORD","stream":"s","record":{"n":1}}\n';
const BIG_STATE = `${JSON.stringify({ type: 'STATE', value: { x: 'x'.repeat(2_000_000) } })}\n`;

function configFile(settings: object): string {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify(settings));
  return path;
}

test('a tap whose output nobody reads ends with 6 when it is told to stop, and lets its locks go', async () => {
  const homes = { listen: new TapProcesses(), follow: new TapProcesses(), drain: new TapProcesses() };
  const text = 'x'.repeat(200_000);
  const { program: listening, post } = await homes.listen.listen();
  listening.child.stdout?.pause();
  for (let n = 0; n < 10; n += 1) expect(await post('shop', { n, text })).toBe(200);
  const running = [listening];
  for (const mode of ['follow', 'drain'] as const) {
    await homes[mode].fill('shop', ...Array.from({ length: 10 }, (_, n) => ({ n, text })));
    const program = homes[mode].start(mode);
    program.child.stdout?.pause();
    running.push(program);
  }
  await Promise.all(running.map(stuck));

  expect(await Promise.all(running.map(stopped))).toEqual([6, 6, 6]);

  for (const program of running) expect(program.stderr).toContain('"code":"output_unread"');
  for (const home of Object.values(homes)) {
    const { code, lines } = await home.run('drain'); // takes the same locks
    expect([code, lines.filter((line) => line.includes('"RECORD"')).length]).toEqual([0, 10]);
  }
});

test('a target whose states nobody reads ends with 6 when it is told to stop', async () => {
  const target = new RunningProgram('target-jsonl', ['-c', configFile({ destination_path: tempFolder() })]);
  target.child.stdout?.pause();
  target.child.stdin?.write(SCHEMA + RECORD + BIG_STATE);
  await stuck(target);

  expect(await stopped(target)).toBe(6);
  expect(target.stderr).toContain('"code":"output_unread"');
});

test('a target ends with 3 when it is told to stop while its destination does not answer', async () => {
  const steps = ['start', 'open', 'load', 'close'];
  const targets = steps.map((hangs) => {
    const target = new RunningFixture('target.mjs', ['-c', configFile({ hangs, batch_size_rows: 1 })]);
    target.child.stdin?.end(SCHEMA + RECORD);
    return target;
  });
  await Promise.all(targets.map((target, index) => target.saw(`hangs in ${steps[index]}`)));

  expect(await Promise.all(targets.map(stopped))).toEqual([3, 3, 3, 3]);

  for (const target of targets) expect(target.stderr).toContain('"code":"destination_late"');
});

test('target-bigquery ends with 3 when it is told to stop while the service hangs', async () => {
  const kinds = ['datasets.get', 'tables.get', 'upload'] as const;
  const targets = await Promise.all(
    kinds.map(async (kind) => {
      const fake = await startFake();
      onTestFinished(() => fake.close());
      const held = fake.faults.hold(kind, 'before');
      onTestFinished(() => held.release());
      const settings = {
        project: 'test',
        location: 'US',
        dataset: 'd',
        api_endpoint: fake.apiEndpoint,
        batch_size_rows: 1,
      };
      const target = new RunningProgram('target-bigquery', [
        '-c',
        configFile({ ...settings, spool_path: join(tempFolder(), 'spool') }),
      ]);
      target.child.stdin?.write(SCHEMA + RECORD);
      await held.reached;
      return target;
    }),
  );

  expect(await Promise.all(targets.map(stopped))).toEqual([3, 3, 3]);
});

test('a program that waits for the operating system kills itself when it is told to stop', async () => {
  const fixture = new RunningFixture('program.mjs', [
    '--do',
    'read a pipe that nobody writes',
    '--path',
    fifo(),
  ]);
  await fixture.saw('waiting');

  fixture.child.kill('SIGTERM');
  const [code, signal] = await once(fixture.child, 'exit');

  expect([code, signal]).toEqual([null, 'SIGKILL']);
  expect(fixture.stderr).toContain('"code":"system_hangs"');
});

function fifo(): string {
  const path = join(tempFolder(), 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}
