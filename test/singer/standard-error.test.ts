import { expect, onTestFinished, test } from 'vitest';
import { StandardError } from '../../packages/singer/dist/standard-error.js';
import { until } from '../helpers/until.js';

/** A pipe that takes so many bytes until its reader makes room. */
class Pipe {
  text = '';
  room: number;
  readonly error = new StandardError((bytes) => {
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    this.text += bytes.toString('utf8', 0, taken);
    return taken;
  });

  constructor(room = Number.POSITIVE_INFINITY) {
    this.room = room;
  }
}

const KIB = 'x'.repeat(1023);

test('text that a full pipe does not take is written once there is room, in order', async () => {
  const pipe = new Pipe(5);
  pipe.error.write('first\n');
  pipe.error.write('second\n');
  expect(pipe.text).toBe('first');
  pipe.room = 100;
  await until(() => pipe.text === 'first\nsecond\n', 'the rest');
});

test('what comes while 256 KiB wait is dropped, and the number is told once there is room', async () => {
  const pipe = new Pipe(0);
  pipe.error.onDropped = (count) => pipe.error.write(`${count} dropped\n`);
  for (let line = 0; line < 300; line += 1) pipe.error.write(`${KIB}\n`);
  pipe.room = Number.POSITIVE_INFINITY;
  await until(() => pipe.text.includes('dropped'), 'the number');
  expect(pipe.text).toBe(`${`${KIB}\n`.repeat(256)}44 dropped\n`);
});

test('urgent text waits even then', async () => {
  const pipe = new Pipe(0);
  for (let line = 0; line < 300; line += 1) pipe.error.write(`${KIB}\n`);
  pipe.error.write('last words\n', true);
  pipe.room = Number.POSITIVE_INFINITY;
  await pipe.error.flush();
  expect(pipe.text.endsWith('x\nlast words\n')).toBe(true);
});

test('the end of a program does not wait for a reader that does not read', async () => {
  const pipe = new Pipe(0);
  pipe.error.write('nobody reads this\n');
  await pipe.error.flush();
  expect(pipe.text).toBe('');
});

test('what was dropped is told before urgent text, so that the urgent text is the last one', async () => {
  const pipe = new Pipe(0);
  pipe.error.onDropped = (count) => pipe.error.write(`${count} dropped\n`);
  for (let line = 0; line < 300; line += 1) pipe.error.write(`${KIB}\n`);
  pipe.error.write('last words\n', true);
  pipe.room = Number.POSITIVE_INFINITY;
  await pipe.error.flush();
  expect(pipe.text).toBe(`${`${KIB}\n`.repeat(256)}44 dropped\nlast words\n`);
});

test('urgent text takes the place of the newest other text, which is counted', async () => {
  const pipe = new Pipe(0);
  pipe.error.onDropped = (count) => pipe.error.write(`${count} dropped\n`);
  for (let line = 0; line < 256; line += 1) pipe.error.write(`${KIB}\n`);
  const lastWords = `${'y'.repeat(300 * 1024)}\n`;
  pipe.error.write(lastWords, true);
  pipe.room = Number.POSITIVE_INFINITY;
  await pipe.error.flush();
  expect(pipe.text).toBe(`${`${KIB}\n`.repeat(211)}45 dropped\n${lastWords}`);
});

test('the end of a program waits for a reader that is slow', async () => {
  const pipe = new Pipe(0);
  for (let line = 0; line < 250; line += 1) pipe.error.write(`${KIB}\n`);
  const reader = setInterval(() => {
    pipe.room += 4 * 1024;
  }, 5);
  onTestFinished(() => clearInterval(reader));
  await pipe.error.flush();
  expect(pipe.text).toBe(`${KIB}\n`.repeat(250));
});

test('the last of many urgent texts comes through', async () => {
  const pipe = new Pipe(0);
  pipe.error.onDropped = (count) => pipe.error.write(`${count} dropped\n`);
  for (let line = 0; line < 2000; line += 1) pipe.error.write(`${KIB}\n`, true);
  pipe.error.write('last words\n', true);
  pipe.room = Number.POSITIVE_INFINITY;
  await pipe.error.flush();
  expect(pipe.text.endsWith('last words\n')).toBe(true);
  const told = [...pipe.text.matchAll(/^(\d+) dropped$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
  expect(told + pipe.text.split(KIB).length - 1).toBe(2000);
});
