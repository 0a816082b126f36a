import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Context } from '@tap-webhooks/singer/command';
import { loadConfig } from '@tap-webhooks/singer/config';
import { type Config, JsonlLoader, programConfig } from '@tap-webhooks/target-jsonl';
import type { Target } from './in-process.js';

/** Returns the names of the files in a table's folder, without hidden ones. */
export function shownFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** Returns the lines of one file of a table, which must end with a line end. */
export function linesIn(path: string): string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  if (text !== '' && !text.endsWith('\n')) throw new Error(`${path} ends within a line`);
  return text.split('\n').slice(0, -1);
}

/** Returns the lines of all files of a table, closed ones first. A file that is being compressed is read in one form only. */
export function linesOfTable(folder: string, base: string): string[] {
  const own = new RegExp(`^${base}(-\\d{8}T\\d{6})?(\\.\\d{6,})?\\.jsonl(\\.gz)?$`);
  const names = shownFiles(folder).filter((name) => own.test(name));
  const once = names.filter((name) => !names.includes(`${name}.gz`));
  const open = `${base}.jsonl`;
  try {
    return [...once.filter((name) => name !== open), ...once.filter((name) => name === open)].flatMap(
      (name) => linesIn(join(folder, name)),
    );
  } catch (cause) {
    // The file was compressed between listing and reading.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return linesOfTable(folder, base);
    throw cause;
  }
}

/** Opens the loader that target-jsonl would open for a config file. */
export async function openJsonl(config: string, { log }: Context): Promise<Target> {
  const settings = loadConfig<Config>(programConfig, [config]);
  return { loader: new JsonlLoader(settings, log), settings };
}
