import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  HOOKS_SCHEMA,
  hookLines,
  hookRecord,
  hookState,
  positionIn,
  stateMessage,
  targetConfigFile,
} from '../helpers/hooks.js';
import { linesIn, linesOfTable } from '../helpers/jsonl.js';
import { binPath, RunningProgram, runProgram } from '../helpers/program.js';
import { Seeded } from '../helpers/seeded.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

const NEVER = { max_batch_age_seconds: 3600 };

function positionsIn(folder: string): number[] {
  return linesOfTable(join(folder, 'hooks'), 'data').map((row) => JSON.parse(row)._sdc_position);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function start(folder: string, settings: object = {}): RunningProgram {
  return new RunningProgram('target-jsonl', ['--config', targetConfigFile(folder, settings)]);
}

describe('target-jsonl', { timeout: 60_000 }, () => {
  test('reads its input to the end after SIGTERM, loads it, prints the last state and exits 0', async () => {
    const folder = tempFolder();
    const target = start(folder, { ...NEVER, batch_size_rows: 10 });
    target.child.stdin?.write(hookLines(1, 10, 10));
    await target.saw(hookState(10));

    target.child.kill('SIGTERM');
    target.child.kill('SIGINT'); // a second signal changes nothing
    target.child.stdin?.end(`${hookRecord(11)}\n${stateMessage(hookState(11))}\n`);

    expect(await target.exit()).toBe(0);
    expect(target.lines).toEqual([hookState(10), hookState(11)]);
    expect(positionsIn(folder)).toEqual(upTo(11));
  });

  test('loads the whole lines of a tap that dies within a line, and does not exit 0', async () => {
    const folder = tempFolder();
    const target = start(folder, NEVER);

    target.child.stdin?.end(`${hookLines(1, 5, 5)}${hookRecord(6).slice(0, 30)}`);

    expect(await target.exit()).toBe(2);
    expect(target.lines).toEqual([hookState(5)]);
    expect(positionsIn(folder)).toEqual(upTo(5));
  });

  test('exits 6 when the reader of its states is gone', async () => {
    const target = start(tempFolder(), { batch_size_rows: 1 });
    target.child.stdout?.destroy();

    target.child.stdin?.write(hookLines(1, 50, 1));

    expect(await target.exit()).toBe(6);
  });
});

test('rows are loaded within max_batch_age_seconds on a quiet stream', { timeout: 60_000 }, async () => {
  const folder = tempFolder();
  const target = start(folder, { max_batch_age_seconds: 0.1 });

  target.child.stdin?.write(hookLines(1, 3, 3));
  await target.saw(hookState(3));

  expect(positionsIn(folder)).toEqual([1, 2, 3]);
});

describe('a second process on the same table', { timeout: 60_000 }, () => {
  test('is refused with exit 4 and a sentence that names the table; the first one goes on', async () => {
    const folder = tempFolder();
    const first = start(folder, { batch_size_rows: 1 });
    first.child.stdin?.write(hookLines(1, 1, 1));
    await first.saw(hookState(1));

    const second = await runProgram('target-jsonl', ['--config', targetConfigFile(folder)], {
      stdin: hookLines(1, 5, 5),
    });
    first.child.stdin?.end(`${hookRecord(2)}\n${stateMessage(hookState(2))}\n`);

    expect(second).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('hooks-data') });
    expect(await first.exit()).toBe(0);
    expect(positionsIn(folder)).toEqual([1, 2]);
  });

  test('may write another table of the same folder', async () => {
    const folder = tempFolder();
    const first = start(folder, { batch_size_rows: 1 });
    first.child.stdin?.write(hookLines(1, 1, 1));
    await first.saw(hookState(1));

    const other = hookLines(1, 3, 3).replaceAll('hooks-data', 'other-data');
    expect(
      await runProgram('target-jsonl', ['--config', targetConfigFile(folder)], { stdin: other }),
    ).toMatchObject({
      code: 0,
    });
  });

  test('may start once the first was killed', async () => {
    const folder = tempFolder();
    const first = start(folder, { batch_size_rows: 1 });
    first.child.stdin?.write(hookLines(1, 1, 1));
    await first.saw(hookState(1));
    first.child.kill('SIGKILL');
    await first.exit();

    const second = await runProgram('target-jsonl', ['--config', targetConfigFile(folder)], {
      stdin: hookLines(1, 5, 5),
    });

    expect(second).toMatchObject({ code: 0, lines: [hookState(5)] });
    expect(positionsIn(folder)).toEqual(upTo(5));
  });
});

describe('target-jsonl, killed at random again and again', { timeout: 180_000 }, () => {
  const rows = 2000;

  test.each([
    ['one file', {}],
    ['files closed by size', { rotate_bytes: 20_000 }],
    ['files closed by size and compressed', { rotate_bytes: 20_000, compression: 'gzip' }],
  ])('has every row once, in order and whole, with %s', async (_, settings) => {
    const folder = tempFolder();
    const random = new Seeded(7);
    let position = 0;
    let kills = 0;
    for (let round = 1; position < rows; round += 1) {
      const target = start(folder, { batch_size_rows: 20, ...settings });
      // A runner keeps the last state that it has read. Here it sometimes keeps an older one.
      const from = Math.max(0, position - random.below(100));
      target.child.stdin?.end(hookLines(from + 1, rows, 20));
      const moreStates = round < 12 ? 1 + random.below(12) : Number.POSITIVE_INFINITY;
      await Promise.race([target.exit(), until(() => target.lines.length >= moreStates, 'states', 150_000)]);
      await Promise.race([target.exit(), sleep(random.below(8))]); // any instant will do
      target.child.kill('SIGKILL');
      if ((await target.exit()) === -1) kills += 1;
      position = Math.max(position, ...target.stdout.split('\n').slice(0, -1).map(positionIn));
    }

    const { code, lines } = await runProgram(
      'target-jsonl',
      ['--config', targetConfigFile(folder, settings)],
      {
        stdin: hookLines(1, rows, 500),
      },
    );

    expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: hookState(rows) });
    expect(kills).toBeGreaterThan(5);
    expect(positionsIn(folder)).toEqual(upTo(rows));
  });
});

describe('target-jsonl that cannot write', { timeout: 60_000 }, () => {
  /** Runs a real process that may not write a file beyond `kib` KiB: the system answers EFBIG, after a short write. */
  async function runLimited(folder: string, kib: number, input: string) {
    const args = [
      process.execPath,
      binPath('target-jsonl'),
      '--config',
      targetConfigFile(folder, { batch_size_rows: 50 }),
    ];
    const child = spawn('bash', ['-c', `ulimit -f ${kib}; exec "$0" "$@"`, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const closed = once(child, 'close');
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code] = await closed;
    return { code, states: stdout.split('\n').slice(0, -1), stderr };
  }

  test('exits 3 with a sentence when the disk is full, with no state ahead of the rows and no half row', async () => {
    const folder = tempFolder();

    const { code, states, stderr } = await runLimited(folder, 64, hookLines(1, 2000, 50));

    expect(code).toBe(3);
    expect(stderr).toContain('Table hooks-data cannot be written (EFBIG');
    expect(stderr).not.toContain('defect');
    const loaded = linesIn(join(folder, 'hooks/data.jsonl'));
    expect(loaded.length).toBeGreaterThanOrEqual(50);
    expect(loaded.length % 50).toBe(0);
    expect(loaded.map((row) => JSON.parse(row).id)).toEqual(upTo(loaded.length));
    expect(positionIn(states.at(-1) ?? '')).toBe(loaded.length);
  });

  test('continues from the last state once the disk has room', async () => {
    const folder = tempFolder();
    const { states } = await runLimited(folder, 64, hookLines(1, 2000, 50));
    const last = positionIn(states.at(-1) ?? '');

    const { code } = await runProgram('target-jsonl', ['--config', targetConfigFile(folder)], {
      stdin: hookLines(last + 1, 2000, 50),
    });

    expect(code).toBe(0);
    expect(positionsIn(folder)).toEqual(upTo(2000));
  });

  test('exits 3 with a sentence when its folder cannot be created', async () => {
    const { code, stderr } = await runProgram(
      'target-jsonl',
      ['--config', targetConfigFile('/dev/null/rows')],
      { stdin: `${HOOKS_SCHEMA}\n${hookRecord(1)}\n` },
    );

    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('choose another destination_path'),
    });
  });
});

test('--input makes target-jsonl read a file', { timeout: 60_000 }, async () => {
  const folder = tempFolder();
  const input = join(tempFolder(), 'messages.singer');
  writeFileSync(input, hookLines(1, 3, 3));

  const { code, lines } = await runProgram('target-jsonl', [
    '--config',
    targetConfigFile(folder),
    '--input',
    input,
  ]);

  expect({ code, lines }).toEqual({ code: 0, lines: [hookState(3)] });
  expect(positionsIn(folder)).toEqual([1, 2, 3]);
});

test('--input given twice is refused with a sentence and exit 1', { timeout: 60_000 }, async () => {
  const twice = ['--input', 'a.singer', '--input', 'b.singer'];

  expect(await runProgram('target-jsonl', twice)).toEqual({
    code: 1,
    stdout: '',
    lines: [],
    stderr: '--input is given more than once. See --help.\n',
  });
});
