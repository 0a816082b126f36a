import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp.js';

/** SCHEMA of a marked stream as our tap sends it: one row per position, with ids and positions from 1. */
export const HOOKS_SCHEMA = JSON.stringify({
  type: 'SCHEMA',
  stream: 'hooks-data',
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      text: { type: 'string' },
      _sdc_inbox: { type: 'string' },
      _sdc_position: { type: 'integer' },
      _sdc_batched_at: { type: ['null', 'string'], format: 'date-time' },
    },
    'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
  },
  key_properties: ['id'],
});

export function hookRecord(position: number): string {
  const text = 'é'.repeat(position % 150);
  const record = { id: position, text, _sdc_inbox: 'inbox1', _sdc_position: position };
  return JSON.stringify({ type: 'RECORD', stream: 'hooks-data', record });
}

export function hookState(position: number): string {
  return JSON.stringify({ bookmarks: { 'hooks-data': { position, inbox: 'inbox1', check: 'c0' } } });
}

export function stateMessage(state: string): string {
  return `{"type":"STATE","value":${state}}`;
}

/** Returns the lines of rows first..last, with a STATE after every `each` rows and after the last one. */
export function hookLines(first: number, last: number, each: number): string {
  const lines = [HOOKS_SCHEMA];
  for (let position = first; position <= last; position += 1) {
    lines.push(hookRecord(position));
    if (position % each === 0 || position === last) lines.push(stateMessage(hookState(position)));
  }
  return `${lines.join('\n')}\n`;
}

/** Returns the position in a state line that `hookState` made. */
export function positionIn(state: string): number {
  return JSON.parse(state).bookmarks['hooks-data'].position;
}

/** Writes a config file that makes target-jsonl load into a folder, and returns its path. */
export function targetConfigFile(folder: string, settings: object = {}): string {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ destination_path: folder, ...settings }));
  return path;
}
