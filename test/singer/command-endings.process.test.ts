import { expect, test } from 'vitest';
import { RunningFixture } from '../helpers/fixture.js';

function start(deed: string, env: NodeJS.ProcessEnv = {}): RunningFixture {
  return new RunningFixture('program.mjs', ['--do', deed], { env });
}

async function waiting(deed: string): Promise<RunningFixture> {
  const fixture = start(deed);
  await fixture.saw('waiting');
  return fixture;
}

test('a command that is done exits 0', async () => {
  expect(await start('nothing').exit()).toBe(0);
});

test('an open stdin does not keep a finished program running', async () => {
  expect(await start('leave stdin open').exit()).toBe(0);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a command that gets %s finishes cleanly and exits 0',
  async (signal) => {
    const fixture = await waiting('wait');
    fixture.child.kill(signal);
    expect(await fixture.exit()).toBe(0);
    expect(fixture.stdout).toBe('waiting\nstopped\n');
  },
);

test('signals that follow the first change nothing', async () => {
  const fixture = await waiting('linger');
  fixture.child.kill('SIGINT');
  await fixture.saw('stopping');
  for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) fixture.child.kill(signal);
  fixture.child.stdin?.end();
  expect(await fixture.exit()).toBe(0);
  expect(fixture.stdout).toBe('waiting\nstopping\nstopped\n');
});

test('a pipe that closes while the program stops is no failure: it exits 0 and logs nothing', async () => {
  const fixture = await waiting('linger');
  fixture.child.kill('SIGTERM');
  await fixture.saw('stopping');
  fixture.child.stdout?.destroy();
  fixture.child.stdin?.end();
  expect(await fixture.exit()).toBe(0);
  expect(fixture.stderr).toBe('');
});

test('a failure that a person can act on has an exit code, a code and one sentence on stderr', async () => {
  const fixture = start('fail');
  expect(await fixture.exit()).toBe(5);
  const lines = fixture.stderr.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'error',
      message: 'The state is of another inbox; give it its own.',
      extra: { code: 'state_elsewhere' },
    }),
  ]);
});

test.each(['break down', 'break down later', 'reject later as a defect'])(
  'a defect (%s) exits 70 without a stack trace',
  async (deed) => {
    const fixture = start(deed);
    expect(await fixture.exit()).toBe(70);
    expect(fixture.stderr).toContain('This is a defect of the program: x is not a thing');
    expect(fixture.stderr).not.toContain('program.mjs');
  },
);

test('a defect with LOGLEVEL=debug shows where it happened', async () => {
  const fixture = start('break down', { LOGLEVEL: 'debug' });
  expect(await fixture.exit()).toBe(70);
  expect(fixture.stderr).toContain('program.mjs');
});

test('a command that has nothing left to wait for, but has not finished, exits 70', async () => {
  const fixture = start('wait for nothing');
  expect(await fixture.exit()).toBe(70);
  expect(fixture.stderr).toContain(
    'This is a defect of the program: nothing is left to do, but the command has not finished',
  );
});

test('a rejection that nobody awaits ends with its own exit code', async () => {
  const fixture = start('reject later');
  expect(await fixture.exit()).toBe(3);
  expect(fixture.stderr).toContain('The disk is full; make room.');
});

test('a stopped command whose reader does not read exits 6 with one sentence, after a while', async () => {
  const fixture = new RunningFixture('program.mjs', ['--do', 'write what nobody reads'], { read: false });
  await fixture.saw('waiting');
  fixture.child.kill('SIGTERM');
  await fixture.saw('the reader of its output did not read the rest');
  fixture.read();
  expect(await fixture.exit()).toBe(6);
});
