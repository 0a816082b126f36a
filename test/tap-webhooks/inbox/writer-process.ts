import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { entriesOf } from '../../contracts/inbox/subject.js';

const script = fileURLToPath(new URL('./append-forever.mjs', import.meta.url));

/** `append-forever.mjs` while it runs. */
export class WriterProcess {
  readonly child: ChildProcess;
  output = '';

  /** @param limits shell text that runs before it, such as `ulimit`. */
  constructor(args: readonly (string | number)[], limits = ':', env: NodeJS.ProcessEnv = {}) {
    const command = ['-c', `${limits}; exec "$0" "$@"`, process.execPath, script, ...args.map(String)];
    this.child = spawn('bash', command, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
  }

  get lines(): string[] {
    return this.output
      .slice(0, this.output.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1);
  }

  get acknowledged(): number[] {
    return this.lines.filter((line) => /^\d+$/.test(line)).map(Number);
  }

  async kill(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }
}

/** Positions are dense, each row is whole, and each that was acknowledged is there once. */
export async function expectWhole(folder: string, acknowledged: readonly number[]): Promise<void> {
  const reader = await sqliteDriver(folder).reader();
  onTestFinished(() => reader.close());
  const entries = await entriesOf(reader);
  expect(entries.map(({ position }) => position)).toEqual(entries.map((_, index) => index + 1));
  expect(await reader.newest()).toBe(entries.length);
  const stored = entries.map(({ row }) => JSON.parse(row).n as number);
  const times = new Map<number, number>();
  for (const n of stored) times.set(n, (times.get(n) ?? 0) + 1);
  expect(acknowledged.filter((n) => times.get(n) !== 1)).toEqual([]);
}
