import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

/** A real process of a small program under `test/singer/fixtures`. It is killed when the running test ends. */
export class RunningFixture {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #exit: Promise<number>;

  /** @param options.read false leaves stdout unread, so that the pipe fills up. */
  constructor(
    file: string,
    args: readonly string[] = [],
    options: { env?: NodeJS.ProcessEnv; cwd?: string; node?: readonly string[]; read?: boolean } = {},
  ) {
    const path = fileURLToPath(new URL(`../singer/fixtures/${file}`, import.meta.url));
    this.child = spawn(process.execPath, [...(options.node ?? []), path, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => {}); // it may end before it reads
    if (options.read !== false) this.read();
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#exit = once(this.child, 'exit').then(([code, signal]) => (signal ? -1 : (code as number)));
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
  }

  /** Starts to read stdout. */
  read(): void {
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
  }

  /** Resolves to the exit code once all output has been read; -1 when a signal ended the process. */
  async exit(): Promise<number> {
    const code = await this.#exit;
    await until(() => this.child.stderr?.readableEnded, 'the end of stderr');
    if (!this.child.stdout?.destroyed) {
      await until(() => this.child.stdout?.readableEnded, 'the end of stdout');
    }
    return code;
  }

  async saw(text: string): Promise<void> {
    await until(
      () => this.stdout.includes(text) || this.stderr.includes(text),
      `output with ${JSON.stringify(text)}`,
    );
  }
}
