import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { binPath } from './program.js';
import type { TapHome } from './tap.js';
import { until } from './until.js';

/** Runs `tap-webhooks --state S | target-jsonl >> S`: two real processes that are connected only by the pipe. */
export class Pipe {
  readonly tap: ChildProcess;
  readonly target: ChildProcess;
  log = '';
  readonly #ends: Promise<unknown>;

  constructor(home: TapHome, ...mode: string[]) {
    const state = openSync(home.state, 'a');
    this.target = spawn(process.execPath, [binPath('target-jsonl'), '--config', targetConfig(home)], {
      stdio: ['pipe', state, 'pipe'],
    });
    closeSync(state);
    const tapArgs = [...mode, '--config', home.config, '--state', home.state];
    this.tap = spawn(process.execPath, [binPath('tap-webhooks'), ...tapArgs], {
      stdio: ['ignore', this.target.stdin, 'pipe'],
    });
    this.target.stdin?.destroy(); // this process must not keep the pipe open
    for (const child of [this.tap, this.target]) {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
    this.#ends = Promise.all([once(this.tap, 'exit'), once(this.target, 'exit')]);
    onTestFinished(() => this.kill());
  }

  async port(): Promise<number> {
    return await until(() => {
      const line = this.log.split('\n').find((line) => line.includes('Listening for webhooks'));
      return line !== undefined && (JSON.parse(line).extra.port as number);
    }, 'the tap to listen');
  }

  kill(): void {
    this.tap.kill('SIGKILL');
    this.target.kill('SIGKILL');
  }

  /** Resolves to the exit codes of tap and target; null for one that a signal ended. */
  async exit(): Promise<Array<number | null>> {
    await this.#ends;
    return [this.tap.exitCode, this.target.exitCode];
  }
}

function targetConfig(home: TapHome): string {
  const path = join(home.folder, 'target.json');
  writeFileSync(path, JSON.stringify({ destination_path: join(home.folder, 'out') }));
  return path;
}

/** Returns every row that the target has written for an integration, in any file, without a torn last line. */
export function rowsOf(home: TapHome, integration: string): Array<{ readonly [column: string]: unknown }> {
  const folder = join(home.folder, 'out', integration);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /^data.*\.jsonl$/.test(file))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line));
}
