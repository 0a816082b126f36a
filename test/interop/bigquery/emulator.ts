import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../../helpers/until.js';
import { INSTALLED } from '../foreign.js';
import { Rest } from './rest.js';

/** Another maker's BigQuery, on this machine and for one file of checks. */
export interface Emulator {
  /** Without credentials. */
  readonly rest: Rest;
  /** Settings of the target that lead to it. */
  readonly settings: {
    readonly project: string;
    readonly location: string;
    readonly api_endpoint: string;
    readonly storage_api_endpoint: string;
  };
  stop(): Promise<void>;
}

const PROJECT = 'test';
const STOP_MS = 5000;

/** @see https://pypi.org/project/bqemulator: DuckDB behind BigQuery's API. It picks its ports and says them in its log. */
export async function startBqemulator(): Promise<Emulator> {
  const folder = join(INSTALLED, 'bqemulator');
  const ports = { rest: 0, grpc: 0 };
  const emulator = new Running(
    join(folder, 'bin/bqemulator'),
    ['start', '--ephemeral', '--project', PROJECT, '--rest-port', '0', '--grpc-port', '0'],
    { HOME: join(folder, 'home') },
    (line) => {
      const [, port, kind] = /"port": (\d+), "event": "(rest|grpc)\.listen"/.exec(line) ?? [];
      if (kind === 'rest' || kind === 'grpc') ports[kind] = Number(port);
    },
  );
  return await emulator.ready('/healthz', () => ports.rest > 0 && ports.grpc > 0 && ports);
}

/** @see https://github.com/goccy/bigquery-emulator: SQLite behind BigQuery's API, with Google's own analyzer. */
export async function startGoccy(): Promise<Emulator> {
  const ports = { rest: await freePort(), grpc: await freePort() };
  const emulator = new Running(join(INSTALLED, 'goccy/bigquery-emulator'), [
    ...['--host', '127.0.0.1', '--project', PROJECT, '--dataset', 'unused'],
    ...['--port', String(ports.rest), '--grpc-port', String(ports.grpc)],
  ]);
  return await emulator.ready(`/bigquery/v2/projects/${PROJECT}/datasets`, () => ports);
}

class Running {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  /** Of the emulator alone, for what it leaves in the temporary folder. */
  readonly #temp = mkdtempSync(join(tmpdir(), 'emulator-'));
  #log = '';

  constructor(
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    onLine: (line: string) => void = () => {},
  ) {
    this.#child = spawn(program, args, {
      env: { ...process.env, TMPDIR: this.#temp, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#gone = once(this.#child, 'close').catch((error) => {
      this.#log += error;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#log = `${this.#log}${line}\n`.slice(-10_000);
        onLine(line);
      });
    }
  }

  async ready(
    path: string,
    listening: () => { readonly rest: number; readonly grpc: number } | false,
  ): Promise<Emulator> {
    try {
      const ports = await until(() => this.#alive() && listening(), 'the ports of the emulator', 60_000);
      const api_endpoint = `http://127.0.0.1:${ports.rest}`;
      const health = () => fetch(api_endpoint + path).catch(() => undefined);
      await until(async () => this.#alive() && (await health())?.ok, 'the emulator', 60_000);
      return {
        rest: new Rest(api_endpoint, PROJECT),
        settings: {
          project: PROJECT,
          location: 'US',
          api_endpoint,
          storage_api_endpoint: `127.0.0.1:${ports.grpc}`,
        },
        stop: () => this.stop(),
      };
    } catch (cause) {
      await this.stop();
      throw new Error(`the emulator does not start: ${this.#log}`, { cause });
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#gone;
    clearTimeout(late);
    rmSync(this.#temp, { recursive: true, force: true });
  }

  #alive(): true {
    if (this.#child.exitCode === null && this.#child.signalCode === null) return true;
    throw new Error('it has ended');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
