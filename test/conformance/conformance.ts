import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { splitStreamName, type TableName } from '@tap-webhooks/target-core';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';
import { canonicalText, fits } from './rows.js';

/** A separate destination for one case, and how to read its rows. */
export interface Destination {
  /** Settings that make a target load there, in addition to those of the case. */
  readonly settings: object;
  /** JSON texts of the rows of a table, in the order they were loaded; none when there is no such table. */
  rowsOf(table: TableName): Promise<string[]>;
  /** The `_sdc_position` of the rows of a table, in the order they were loaded. */
  positionsOf(table: TableName): Promise<number[]>;
  /** How many tables hold rows. */
  tableCount(): Promise<number>;
}

/** A running target, in this process or in a separate one. */
export interface RunningTarget {
  /** What it has printed so far. */
  readonly lines: readonly string[];
  readonly stderr: string;
  write(text: string): void;
  end(text: string): void;
  /** @returns the exit code. */
  exit(): Promise<number>;
}

export interface TargetUnderTest {
  readonly name: string;
  /** Spells a row for comparison, where a destination keeps values and not their spelling. */
  readonly spelling?: (rowText: string) => string;
  /** Sorts spelled rows, where a table keeps no order except within each inbox. */
  readonly ordered?: (rows: readonly string[]) => string[];
  destination(): Promise<Destination>;
}

/** Starts a target with a config file. */
export type Start = (config: string) => RunningTarget;

/** What a `<case>.expected.json` says about its `<case>.singer`. */
interface Expected {
  /** What the case shows, for its title. */
  readonly shows: string;
  readonly config?: { readonly default_target_schema?: string };
  /** How often the same input is given to a new run; 1 by default. */
  readonly runs?: number;
  /** After each of these lines (from 1) the next expected state has to appear before more is written. */
  readonly pause_after_lines?: readonly number[];
  /** Exit code; 0 by default. */
  readonly exit?: number;
  /** Texts that must appear in the log. */
  readonly log?: readonly string[];
  /**
   * By stream, in order. A row is an object, or a text of JSON where the spelling of a number matters (formatters rewrite
   * numbers). `<time>`, `<ms>` and `<text>` are placeholders for values that differ each time.
   */
  readonly tables: { readonly [stream: string]: ReadonlyArray<object | string> };
  /** The lines of stdout of all runs, exactly. */
  readonly states: readonly string[];
}

const casesFolder = fileURLToPath(new URL('cases', import.meta.url));
const filesFolder = fileURLToPath(new URL('files', import.meta.url));

/** Turns timers off, so that the case alone decides what is loaded when. */
const QUIET = { max_batch_age_seconds: 3600 };

/** Names of all cases. */
const CASES: readonly string[] = readdirSync(casesFolder)
  .filter((name) => name.endsWith('.singer'))
  .map((name) => basename(name, '.singer'))
  .sort();

/** Runs the named cases through a target. */
export function runConformance(target: TargetUnderTest, start: Start, names = CASES): void {
  describe(`${target.name} loads Singer streams`, () => {
    for (const name of names) {
      const expected: Expected = JSON.parse(readFileSync(join(casesFolder, `${name}.expected.json`), 'utf8'));
      test(`${name}: ${expected.shows}`, () => runCase(target, start, name, expected));
    }
  });
}

async function runCase(
  target: TargetUnderTest,
  start: Start,
  name: string,
  expected: Expected,
): Promise<void> {
  const { settings, rowsOf, tableCount } = await target.destination();
  const folder = tempFolder();
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ ...QUIET, ...expected.config, ...settings }));
  const input = readInput(name, folder);
  const states: string[] = [];
  for (let run = 1; run <= (expected.runs ?? 1); run += 1) {
    const running = start(config);
    await feed(running, input, expected.pause_after_lines ?? []);
    const code = await running.exit();
    states.push(...running.lines);
    expect({ code, log: code === (expected.exit ?? 0) ? '' : running.stderr }).toEqual({
      code: expected.exit ?? 0,
      log: '',
    });
    for (const part of expected.log ?? []) expect(running.stderr).toContain(part);
  }
  expect(states).toEqual(expected.states);
  for (const [stream, rows] of Object.entries(expected.tables)) {
    const found = await rowsOf(splitStreamName(stream, expected.config?.default_target_schema));
    const { spelling = canonicalText, ordered = (texts) => [...texts] } = target;
    const wanted = ordered(rows.map((row) => spelling(typeof row === 'string' ? row : JSON.stringify(row))));
    const shown = ordered(found.map(spelling)).map((row, index) => fits(row, wanted[index]));
    expect({ stream, rows: shown }).toEqual({ stream, rows: wanted });
  }
  expect(await tableCount()).toBe(Object.values(expected.tables).filter((rows) => rows.length > 0).length);
}

/** Returns the lines of a case. `{{files}}` in them becomes the URL of a folder with the BATCH files, plain and gzipped. */
function readInput(name: string, folder: string): string {
  const files = join(folder, 'files');
  mkdirSync(files);
  for (const file of readdirSync(filesFolder)) {
    copyFileSync(join(filesFolder, file), join(files, file));
    writeFileSync(join(files, `${file}.gz`), gzipSync(readFileSync(join(filesFolder, file))));
  }
  const input = readFileSync(join(casesFolder, `${name}.singer`), 'utf8');
  return input.replaceAll('{{files}}', pathToFileURL(files).href);
}

/** Writes the input, and waits for a state where the case says so. */
async function feed(target: RunningTarget, input: string, pauses: readonly number[]): Promise<void> {
  const lines = input.split(/(?<=\n)/);
  let written = 0;
  for (const [index, pause] of pauses.entries()) {
    target.write(lines.slice(written, pause).join(''));
    written = pause;
    await until(() => target.lines.length > index, `state ${index + 1}`);
  }
  target.end(lines.slice(written).join(''));
}
