import { spawnSync } from 'node:child_process';
import { INTEGRATIONS, type IntegrationName } from './deliveries.js';
import { type Place, tapConfigOf } from './place.js';
import { binOf } from './program.js';

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
