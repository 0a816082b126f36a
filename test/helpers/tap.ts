import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { RunningProgram, runProgram } from './program.js';
import { tempFolder } from './temp.js';
import { until } from './until.js';

/** What a running tap is given: a folder with a config, an inbox in it once there is one, and the URLs made so far. */
export class TapHome {
  readonly folder = tempFolder();
  readonly config = join(this.folder, 'tap.json');
  readonly inbox = join(this.folder, 'inbox');
  readonly state = join(this.folder, 'state.jsonl');
  readonly #paths = new Map<string, string>();
  #integrations: readonly string[] = [];
  #settings: object = {};

  /** @param settings beside the ones that every test needs; `integrations` are generic ones unless said otherwise. */
  constructor(integrations: readonly string[] = ['shop'], settings: object = {}) {
    this.configure(integrations, settings);
  }

  configure(integrations: readonly string[], settings: object = this.#settings): void {
    this.#integrations = integrations;
    this.#settings = settings;
    const config = {
      inbox_path: this.inbox,
      public_url: 'https://hooks.example.com',
      host: '127.0.0.1',
      port: 0,
      integrations: integrations.map((name) => ({ name, provider: 'webhooks' })),
      ...settings,
    };
    writeFileSync(this.config, JSON.stringify(config));
  }

  /** The path of a webhook URL of the integration; made at the first call. */
  async path(integration: string): Promise<string> {
    const known = this.#paths.get(integration);
    if (known) return known;
    const { code, stdout, stderr } = await this.run('url', 'create', integration);
    expect(code, stderr).toBe(0);
    const path = /\/v1\/\S+/.exec(stdout)?.[0] ?? '';
    this.#paths.set(integration, path);
    return path;
  }

  start(...args: string[]): RunningProgram {
    return new RunningProgram('tap-webhooks', [...args, '--config', this.config]);
  }

  run(...args: string[]) {
    return runProgram('tap-webhooks', [...args, '--config', this.config]);
  }

  /** Starts a mode that listens, with a URL for each integration, and waits until it does. */
  async listen(...args: string[]): Promise<Listening> {
    for (const integration of this.#integrations) await this.path(integration);
    const program = this.start(...args);
    const port = await portOf(program);
    const post = async (integration: string, body: unknown) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(`http://127.0.0.1:${port}${await this.path(integration)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text,
      });
      await answer.text();
      return answer.status;
    };
    return { program, port, post };
  }

  /** Fills the inbox with one event for each body, and leaves no process behind. */
  async fill(integration: string, ...bodies: unknown[]): Promise<void> {
    const { program, post } = await this.listen('receive');
    for (const body of bodies) expect(await post(integration, body)).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.exit(), program.stderr).toBe(0);
  }
}

export interface Listening {
  readonly program: RunningProgram;
  readonly port: number;
  /** @returns the status of the answer. */
  post(integration: string, body: unknown): Promise<number>;
}

async function portOf(program: RunningProgram): Promise<number> {
  let ended = false;
  void program.exit().then(() => {
    ended = true;
  });
  return await until(() => {
    if (ended) throw new Error(`the tap ended instead of listening: ${program.stderr}`);
    const line = program.stderr.split('\n').find((line) => line.includes('Listening for webhooks'));
    return line !== undefined && (JSON.parse(line).extra.port as number);
  }, 'the tap to listen');
}

export interface Line {
  readonly type: 'SCHEMA' | 'RECORD' | 'STATE';
  readonly stream: string;
  readonly record: { readonly [column: string]: unknown };
  readonly value: { readonly bookmarks: { readonly [stream: string]: { readonly position: number } } };
}

/** Singer lines, parsed. What is not JSON fails the test. */
export function singer(lines: readonly string[]): Line[] {
  return lines.map((line) => JSON.parse(line));
}

export function records(lines: readonly string[]): Line['record'][] {
  return singer(lines).flatMap((line) => (line.type === 'RECORD' ? [line.record] : []));
}

/** The values of the STATE lines, as a target prints them. */
export function states(lines: readonly string[]): string[] {
  return singer(lines).flatMap((line) => (line.type === 'STATE' ? [JSON.stringify(line.value)] : []));
}
