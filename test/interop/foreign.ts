import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

/** The ignored folder that install.sh fills. */
export const INSTALLED = fileURLToPath(new URL('../../.interop/', import.meta.url));

export interface Done {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of another maker to its end. @param program a folder of .interop/, or one of its programs (`a/b`). */
export async function runForeign(
  program: string,
  args: readonly string[],
  options: { stdin?: string; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Done> {
  const [venv = '', name = venv] = program.split('/');
  const child = spawn(join(INSTALLED, venv, 'bin', name), args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  child.stdin.on('error', () => {}); // it may end before it has read everything: its exit code tells
  child.stdin.end(options.stdin ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? -1));
  });
  return { code, ...output };
}

/** As {@link runForeign}; a failure of the foreign program fails the test with what it said. */
export async function foreignOutput(...run: Parameters<typeof runForeign>): Promise<string> {
  const { code, stdout, stderr } = await runForeign(...run);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Writes a config file that is removed with the test. */
export function configFile(config: object): string {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** The lines of each .jsonl file of a folder, by the file's name. */
export function filesOf(folder: string): { [file: string]: string[] } {
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  return Object.fromEntries(files.sort().map((file) => [file, linesOf(join(folder, file))]));
}

export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

export type Row = { readonly [column: string]: unknown };

export function parsed(lines: readonly string[]): Row[] {
  return lines.map((line) => JSON.parse(line));
}

/** The row as its sender wrote it. */
export function payload(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !/^__?sdc_/.test(name)));
}
