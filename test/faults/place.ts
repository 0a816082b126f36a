import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { INTEGRATIONS, type IntegrationName } from './deliveries.js';
import { binOf } from './program.js';

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

/** Runs a command of the tap to its end. */
export function tapCommand(
  place: Place,
  ...args: string[]
): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [binOf('tap-webhooks'), ...args, '--config', tapConfigOf(place)],
    { encoding: 'utf8' },
  );
  return { code: status, stdout, stderr };
}

/** Creates a URL for each integration, and returns their paths. */
export function createUrls(place: Place): Map<IntegrationName, string> {
  return new Map(
    INTEGRATIONS.map(({ name }) => {
      const { stdout, stderr } = tapCommand(place, 'url', 'create', name);
      const path = /\/v1\/\S+/.exec(stdout)?.[0];
      if (path === undefined) throw new Error(`no URL was created: ${stderr}`);
      return [name, path];
    }),
  );
}

/** Returns a port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

export function removePlace({ root, data }: Place): void {
  for (const folder of [root, data]) if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
