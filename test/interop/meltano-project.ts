import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { TapProcesses } from '../helpers/tap-processes.js';
import { type Done, INSTALLED, linesOf, parsed, type Row, runForeign } from './foreign.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/meltano/meltano.yml', import.meta.url));
/** As examples/meltano/meltano.yml has them. */
const INTEGRATIONS = [
  { name: 'orders', provider: 'webhooks', key_properties: ['order_id'] },
  { display_name: 'Stitch Vero', provider: 'vero' },
];

export const RUN = ['run', 'tap-webhooks', 'target-jsonl'];

/** The project of examples/meltano in a folder of its own, as deep below the root as the example, and a receiver that shares its inbox. */
export class MeltanoProject {
  readonly folder = mkdtempSync(join(INSTALLED, 'project-'));
  readonly receiver: TapProcesses;

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    copyFileSync(EXAMPLE, join(this.folder, 'meltano.yml'));
    const inbox_path = join(this.folder, 'inbox');
    this.receiver = new TapProcesses(['orders'], { inbox_path, integrations: INTEGRATIONS });
  }

  deliver(...orders: readonly object[]): Promise<void> {
    return this.receiver.fill('orders', ...orders);
  }

  meltano(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Done> {
    return runForeign('meltano', args, { cwd: this.folder, env: { NO_COLOR: '1', ...env } });
  }

  async run(env?: NodeJS.ProcessEnv): Promise<Done> {
    const done = await this.meltano(RUN, env);
    expect(done.code, done.stderr).toBe(0);
    return done;
  }

  /** `meltano run` that goes on until it is stopped. */
  startFollowing(): MeltanoRun {
    return new MeltanoRun(this.folder, RUN, { TAP_WEBHOOKS_MODE: 'follow' });
  }

  /** The state that Meltano keeps for the pipe. */
  async state(): Promise<{ bookmarks: { [stream: string]: { position: number } } }> {
    const { stdout } = await this.meltano(['state', 'get', 'dev:tap-webhooks-to-target-jsonl']);
    return JSON.parse(stdout).singer_state;
  }

  rows(): Row[] {
    const path = join(this.folder, 'output/orders/data.jsonl');
    return existsSync(path) ? parsed(linesOf(path)) : [];
  }

  orderIds(): unknown[] {
    return this.rows().map((row) => row.order_id);
  }
}

/** A command of Meltano that runs beside the test, in a process group of its own so that nothing of it outlives the test. */
export class MeltanoRun {
  readonly child: ChildProcess;
  log = '';

  constructor(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(join(INSTALLED, 'meltano/bin/meltano'), args, {
      cwd: folder,
      detached: true,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
    onTestFinished(() => this.#killGroup());
  }

  async exit(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  #killGroup(): void {
    try {
      process.kill(-(this.child.pid ?? Number.NaN), 'SIGKILL');
    } catch {
      // the whole group has ended
    }
  }
}
