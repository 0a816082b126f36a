import { join } from 'node:path';
import { expect } from 'vitest';
import { RunningProgram } from '../../helpers/program.js';
import { tempFolder } from '../../helpers/temp.js';
import { configFile } from '../foreign.js';

/** A stream as tap-webhooks prints it: rows know their place in an inbox, so each may come in once. */
export interface TapStream {
  readonly stream: string;
  /** JSON Schemas of the payload's columns. */
  readonly columns: object;
  readonly keys: readonly string[];
  readonly inbox: string;
}

const SYSTEM_COLUMNS = {
  _sdc_received_at: { type: 'string', format: 'date-time' },
  _sdc_batched_at: { type: ['null', 'string'], format: 'date-time' },
  _sdc_sequence: { type: 'integer' },
  _sdc_table_version: { type: 'integer' },
  _sdc_inbox: { type: 'string' },
  _sdc_position: { type: 'integer' },
};
const FIRST_RECEIPT = Date.UTC(2026, 0, 31, 23, 59, 0);

export function schemaLine({ stream, columns, keys }: TapStream): string {
  return JSON.stringify({
    type: 'SCHEMA',
    stream,
    schema: {
      type: 'object',
      properties: { ...columns, ...SYSTEM_COLUMNS },
      'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
      'x-sdc-sequence-unit': 'ms',
    },
    key_properties: keys,
  });
}

/**
 * The row at a position, received so many milliseconds after a certain minute, which ends a month: partitions are crossed.
 * @param payload members of a JSON object as text, so that its numbers are sent digit for digit.
 */
export function recordLine({ stream, inbox }: TapStream, position: number, payload: string): string {
  const sequence = FIRST_RECEIPT + position * 10;
  const received = new Date(sequence).toISOString();
  const system =
    `"_sdc_received_at":"${received}","_sdc_sequence":${sequence},"_sdc_table_version":0,` +
    `"_sdc_inbox":"${inbox}","_sdc_position":${position}`;
  return `{"type":"RECORD","stream":"${stream}","record":{${payload},${system}},"time_extracted":"${received}"}`;
}

export function stateLine({ stream, inbox }: TapStream, position: number): string {
  return JSON.stringify({ type: 'STATE', value: { bookmarks: { [stream]: { position, inbox } } } });
}

/** Position in the last state that was printed; the one before when none was. */
export function positionOf({ stream }: TapStream, printed: readonly string[], before: number): number {
  const last = printed.at(-1);
  return last === undefined ? before : JSON.parse(last).bookmarks[stream].position;
}

/** Starts the target on an empty disk. */
export function startTarget(settings: object): RunningProgram {
  const config = configFile({ spool_path: join(tempFolder(), 'spool'), ...settings });
  // a client of Google's would take this variable for another address
  return new RunningProgram('target-bigquery', ['--config', config], {
    env: { BIGQUERY_EMULATOR_HOST: undefined },
  });
}

/** Loads lines to the end, on an empty disk. @returns what the target said. */
export async function load(
  { settings }: { readonly settings: object },
  lines: readonly string[],
  more: object = {},
): Promise<{ states: string[]; stderr: string }> {
  const target = startTarget({ ...settings, ...more });
  target.child.stdin?.end(`${lines.join('\n')}\n`);
  const code = await target.exit();
  expect(code, target.stderr).toBe(0);
  return { states: target.lines, stderr: target.stderr };
}
