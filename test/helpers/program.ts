import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

export type ProgramName = 'tap-webhooks' | 'target-jsonl' | 'target-bigquery';

export function binPath(name: ProgramName): string {
  return fileURLToPath(new URL(`../../packages/${name}/bin/${name}.js`, import.meta.url));
}

/** A real process of one of our programs, with what it has printed so far. It is killed when the running test ends. */
export class RunningProgram {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #exit: Promise<number>;

  constructor(
    name: ProgramName,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv; node?: string } = {},
  ) {
    this.child = spawn(options.node ?? process.execPath, [binPath(name), ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => {}); // a program that ends early breaks the pipe: tests see its exit code
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#exit = once(this.child, 'close').then(([code, signal]) => (signal ? -1 : (code as number)));
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
  }

  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  /** Resolves to the exit code; -1 when a signal ended the process. */
  exit(): Promise<number> {
    return this.#exit;
  }

  /** Waits until stdout or stderr holds the text. */
  async saw(text: string): Promise<void> {
    await until(
      () => this.stdout.includes(text) || this.stderr.includes(text),
      `output with ${JSON.stringify(text)}`,
    );
  }
}

/** Runs a program to its end. */
export async function runProgram(
  name: ProgramName,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; node?: string; stdin?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string; lines: string[] }> {
  const program = new RunningProgram(name, args, options);
  program.child.stdin?.end(options.stdin ?? '');
  const code = await program.exit();
  return { code, stdout: program.stdout, stderr: program.stderr, lines: program.lines };
}
