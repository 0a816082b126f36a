import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { INTEGRATIONS } from './deliveries.js';

/** Where a run keeps its files. Only what is in `data` suffers faults. */
export interface Place {
  /** Configs, logs and the report. */
  readonly root: string;
  /** The inbox, the state and the table. */
  readonly data: string;
}

export const inboxOf = ({ data }: Place) => join(data, 'inbox');
export const stateOf = ({ data }: Place) => join(data, 'state.jsonl');
export const outputOf = ({ data }: Place) => join(data, 'out');
export const spoolOf = ({ data }: Place) => join(data, 'spool');
export const tapConfigOf = ({ root }: Place) => join(root, 'tap.json');
export const targetConfigOf = ({ root }: Place) => join(root, 'target.json');
export const logOf = ({ root }: Place, role: string) => join(root, 'logs', `${role}.log`);

/** Writes the configs. @param tap, target settings in addition to those that every run needs. */
export function configure(place: Place, port: number, tap: object, target: object): void {
  mkdirSync(join(place.root, 'logs'), { recursive: true });
  mkdirSync(place.data, { recursive: true });
  writeConfig(tapConfigOf(place), {
    inbox_path: inboxOf(place),
    host: '127.0.0.1',
    port,
    integrations: INTEGRATIONS,
    ...tap,
  });
  writeConfig(targetConfigOf(place), target);
}

function writeConfig(path: string, config: object): void {
  writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}

/** Linux takes ports from 32768 on for outgoing connections, so that a receiver might not get its port again. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** Returns a port that is free now, and that no outgoing connection takes later. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export function removePlace(root: string): void {
  rmSync(root, { recursive: true, force: true });
}
