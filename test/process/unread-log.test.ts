import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { binPath } from '../helpers/program.js';
import { postTo } from '../helpers/tap.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

const FIXTURE = fileURLToPath(new URL('../singer/fixtures/program.mjs', import.meta.url));

/** A pipe for standard error that holds 64 KiB, and is read only when a test asks for it. */
function pipe(): { readonly descriptor: number; read(): string } {
  const path = join(tempFolder(), 'log');
  execFileSync('mkfifo', [path]);
  // Two descriptors, since a child process makes its own one wait.
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(path, constants.O_WRONLY);
  onTestFinished(() => {
    closeSync(reading);
    closeSync(descriptor);
  });
  const chunk = Buffer.alloc(1024 * 1024);
  let text = '';
  const read = () => {
    try {
      for (;;) text += chunk.toString('utf8', 0, readSync(reading, chunk));
    } catch {
      return text; // nothing is left
    }
  };
  return { descriptor, read };
}

function start(args: readonly string[], stderr: number | 'pipe') {
  const env = { ...process.env, LOGLEVEL: 'debug' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', stderr] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const saw = (text: string) => until(() => stdout.includes(text), `output with ${text}`);
  return { child, saw };
}

test('a program whose log nobody reads goes on, and says later how much it dropped', async () => {
  const log = pipe();
  const { child, saw } = start([FIXTURE, '--do', 'log much'], log.descriptor);
  await saw('still here');

  await until(() => log.read().includes('Log lines were dropped'), 'the number of lines');
  child.kill('SIGTERM');

  expect((await once(child, 'exit'))[0]).toBe(0);
  const lines = log.read().trimEnd().split('\n');
  const parsed = lines.map((line) => JSON.parse(line));
  const dropped = parsed.find(({ message }) => message.startsWith('Log lines were dropped'));
  expect(parsed.filter(({ message }) => message.startsWith('x')).length + dropped.extra.lines).toBe(10_000);
  expect(parsed.at(-1)).toMatchObject({ level: 'error', message: 'the last words' });
});

test.each(['pipe', 'socket'])(
  'a program whose log nobody reads ends when it is told to: %s',
  async (kind) => {
    const { child, saw } = start([FIXTURE, '--do', 'log much'], kind === 'pipe' ? pipe().descriptor : 'pipe');
    await saw('still here');
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  },
);

test('webhooks are answered while nobody reads the log of the receiver', async () => {
  const home = new TapProcesses();
  const path = await home.path('shop');
  const log = pipe();
  const { child } = start([binPath('tap-webhooks'), 'receive', '--config', home.config], log.descriptor);
  const listening = await until(() => /"port":(\d+)/.exec(log.read()) ?? undefined, 'the tap to listen');
  const port = Number(listening?.[1]);

  for (let n = 0; n < 400; n += 1) expect(await postTo(port, path, { n })).toBe(200);

  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
  expect(Buffer.byteLength(log.read())).toBeGreaterThan(60 * 1024); // the pipe was full: no further line had room
});
