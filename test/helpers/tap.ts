import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loggerOf } from '@tap-webhooks/singer/log';
import { loadTapConfig } from 'tap-webhooks';
import { expect } from 'vitest';
import { resolveIntegrations } from '../../packages/tap-webhooks/dist/integrations.js';
import { program } from '../../packages/tap-webhooks/dist/program.js';
import { Receiver } from '../../packages/tap-webhooks/dist/receiver.js';
import { type Ended, runCommand } from './in-process.js';
import { tempFolder } from './temp.js';
import { until } from './until.js';

/**
 * The folder in which a tap runs: its config, its inbox once there is one, and the URLs created so far. Commands run in this
 * process; `TapProcesses` (tap-processes.ts) starts real ones.
 */
export class TapHome {
  readonly folder = tempFolder();
  readonly config = join(this.folder, 'tap.json');
  readonly inbox = join(this.folder, 'inbox');
  readonly state = join(this.folder, 'state.jsonl');
  readonly #paths = new Map<string, string>();
  #integrations: readonly string[] = [];
  #settings: object = {};

  /** @param settings in addition to those that every test needs; they may replace the generic `integrations`. */
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

  get integrations(): readonly string[] {
    return this.#integrations;
  }

  /** Returns the path of a webhook URL of the integration, which is created at the first call. */
  async path(integration: string): Promise<string> {
    const known = this.#paths.get(integration);
    if (known) return known;
    const { code, stdout, stderr } = await this.run('url', 'create', integration);
    expect(code, stderr).toBe(0);
    const path = /\/v1\/\S+/.exec(stdout)?.[0] ?? '';
    this.#paths.set(integration, path);
    return path;
  }

  /** Runs a command to its end, in this process. */
  run(...args: string[]): Promise<Ended> {
    return runCommand(program, ...args, '--config', this.config);
  }

  /** Fills the inbox with one event per body, as a receiver does, and leaves nothing open. */
  async fill(integration: string, ...bodies: unknown[]): Promise<void> {
    for (const outcome of await this.offer(integration, ...bodies))
      expect(outcome).toMatchObject({ kind: 'taken', quarantined: 0 });
  }

  /** Does the same with bodies that need not become rows. @returns what became of each. */
  async offer(integration: string, ...bodies: unknown[]): Promise<unknown[]> {
    const config = loadTapConfig([this.config], {}, () => {});
    const receiver = await Receiver.open(
      config,
      resolveIntegrations(config),
      loggerOf(() => {}),
    );
    const outcomes: unknown[] = [];
    for (const body of bodies) {
      const delivery = { integration, body: Buffer.from(textOf(body)), receivedAt: Date.now() };
      outcomes.push(await receiver.inbox.append(delivery));
    }
    await receiver.close();
    return outcomes;
  }
}

/** Resolves to the port of a tap once it listens. A tap that ends instead fails the test. */
export async function portOf(tap: { readonly stderr: string; exit(): Promise<number> }): Promise<number> {
  let ended = false;
  void tap.exit().then(() => {
    ended = true;
  });
  return await until(() => {
    if (ended) throw new Error(`the tap ended instead of listening: ${tap.stderr}`);
    const line = tap.stderr.split('\n').find((line) => line.includes('Listening for webhooks'));
    return line !== undefined && (JSON.parse(line).extra.port as number);
  }, 'the tap to listen');
}

/** Posts a body: text as it is, anything else as JSON. @returns the status of the answer. */
export async function postTo(port: number, path: string, body: unknown): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: textOf(body),
  });
  await answer.text();
  return answer.status;
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export interface Line {
  readonly type: 'SCHEMA' | 'RECORD' | 'STATE';
  readonly stream: string;
  readonly record: { readonly [column: string]: unknown };
  readonly value: { readonly bookmarks: { readonly [stream: string]: { readonly position: number } } };
}

/** Parses Singer lines. A line that is not JSON fails the test. */
export function singer(lines: readonly string[]): Line[] {
  return lines.map((line) => JSON.parse(line));
}

export function records(lines: readonly string[]): Line['record'][] {
  return singer(lines).flatMap((line) => (line.type === 'RECORD' ? [line.record] : []));
}

/** Returns the values of the STATE lines as a target prints them. */
export function states(lines: readonly string[]): string[] {
  return singer(lines).flatMap((line) => (line.type === 'STATE' ? [JSON.stringify(line.value)] : []));
}
