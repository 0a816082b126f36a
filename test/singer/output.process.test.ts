import { expect, test } from 'vitest';
import { RunningFixture } from '../helpers/fixture.js';
import { until } from '../helpers/until.js';

const MANY = 6000; // of 64 KiB: 375 MiB
/** Written lines wait for the garbage collector, on a busy machine for longer: 160 MiB at most on Node 22. */
const MOST_MIB = 256;

test('a slow reader keeps memory flat and gets every line in order', { timeout: 120_000 }, async () => {
  const args = ['--do', 'write much', '--count', String(MANY)];
  const fixture = new RunningFixture('program.mjs', args, { read: false });
  const counts = () => [...fixture.stderr.matchAll(/"written":(\d+)/g)].map((match) => Number(match[1]));
  await until(() => stoodStill(counts()), 'the writer to wait for its reader');
  expect(counts().at(-1)).toBeLessThan(MANY / 10);
  let text = '';
  let next = 0;
  fixture.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (Number.parseInt(line, 10) !== next) throw new Error(`line ${next} is out of order`);
      next += 1;
    }
  });
  expect(await fixture.exit()).toBe(0);
  expect(next).toBe(MANY);
  const peakKiB = Number(/"peakKiB":(\d+)/.exec(fixture.stderr)?.[1]);
  expect(peakKiB).toBeLessThan(MOST_MIB * 1024);
});

test('many writers at once write all lines in order, with one wait and no warning', async () => {
  const fixture = new RunningFixture('program.mjs', ['--do', 'write at once', '--count', '100']);
  expect(await fixture.exit()).toBe(0);
  const numbers = fixture.stdout
    .trimEnd()
    .split('\n')
    .map((line) => Number.parseInt(line, 10));
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(fixture.stderr).toBe('');
});

test('a reader that goes away ends the writer with exit 6 and a sentence', async () => {
  const fixture = new RunningFixture('program.mjs', ['--do', 'flood']);
  await fixture.saw('x');
  fixture.child.stdout?.destroy();
  expect(await fixture.exit()).toBe(6);
  expect(fixture.stderr).toContain('"code":"pipe_closed"');
  expect(fixture.stderr).not.toContain('EPIPE');
});

test('a reader that ended before the very last line ends the writer too', async () => {
  const fixture = new RunningFixture('program.mjs', ['--do', 'say one thing at the end of input']);
  await fixture.saw('waiting');
  fixture.child.stdout?.destroy();
  fixture.child.stdin?.end();
  expect(await fixture.exit()).toBe(6);
});

/** Returns true when late reports of the count are equal: no line was written between them. */
function stoodStill(counts: readonly number[]): boolean {
  return counts.length >= 10 && (counts.at(-1) ?? 0) > 0 && counts.at(-1) === counts.at(-5);
}
