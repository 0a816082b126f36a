import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp.js';

/** A marked stream as our tap sends it: one row a position, ids and positions from 1. */
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

/** Lines of first..last with a STATE behind every `each` rows, and behind the last one. */
export function hookLines(first: number, last: number, each: number): string {
  const lines = [HOOKS_SCHEMA];
  for (let position = first; position <= last; position += 1) {
    lines.push(hookRecord(position));
    if (position % each === 0 || position === last) lines.push(stateMessage(hookState(position)));
  }
  return `${lines.join('\n')}\n`;
}

/** Position of a state line that `hookState` made. */
export function positionIn(state: string): number {
  return JSON.parse(state).bookmarks['hooks-data'].position;
}

/** A config file for target-jsonl that sends it to a folder. */
export function targetConfigFile(folder: string, settings: object = {}): string {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ destination_path: folder, ...settings }));
  return path;
}
