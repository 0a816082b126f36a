import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@tap-webhooks/singer/config';
import { createLogger } from '@tap-webhooks/singer/log';
import type { LoadResult, Row } from '@tap-webhooks/target-core';
import { type Config, JsonlLoader, programConfig } from '@tap-webhooks/target-jsonl';
import { onTestFinished } from 'vitest';
import { batchOf, marked } from '../contracts/loader.js';
import { tempFolder } from '../helpers/temp.js';

// Every load waits for the disk, which all test files share.

/** The settings as the program would read them. */
export function configFor(folder: string, settings: Partial<Config> = {}): Config {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ destination_path: folder, ...settings }));
  return loadConfig<Config>(programConfig, [path]);
}

/** A loader as a run of the program would have it. */
export function jsonlLoader(folder: string, settings: Partial<Config> = {}): JsonlLoader {
  return new JsonlLoader(configFor(folder, settings), createLogger('target-jsonl', { LOGLEVEL: 'error' }));
}

export interface OpenRun {
  load(rows: readonly Row[]): Promise<LoadResult>;
  close(): Promise<void>;
}

/** A run that has one table open: `contract-data` unless told otherwise. */
export async function openRun(
  folder: string,
  settings: Partial<Config> = {},
  table = marked,
): Promise<OpenRun> {
  const loader = jsonlLoader(folder, settings);
  const sink = await loader.open(table);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await sink.close();
    await loader.close();
  };
  onTestFinished(() => close().catch(() => {}));
  return { load: (rows) => sink.load(batchOf(rows)), close };
}

/** One whole run: opens, loads, closes. */
export async function loadAll(
  folder: string,
  rows: readonly Row[],
  settings: Partial<Config> = {},
): Promise<LoadResult> {
  const run = await openRun(folder, settings);
  const result = await run.load(rows);
  await run.close();
  return result;
}

/**
 * What is on disk now, as a crash at this moment would leave it. The lock file stays behind: touching it would unlock it
 * (POSIX), and a crash unlocks it anyway.
 */
export function crashImage(folder: string): string {
  const image = tempFolder();
  cpSync(folder, image, { recursive: true, filter: (path) => !path.endsWith('.lock') });
  return image;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into files of any shape
export function readJson(path: string): any {
  return JSON.parse(readFileSync(path, 'utf8'));
}

export function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value));
}
