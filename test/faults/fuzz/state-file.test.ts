import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolkitError } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { readStateFile } from '../../../packages/tap-webhooks/dist/consumers/state-file.js';
import { tempFolder } from '../../helpers/temp.js';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzz.js';

const STATE = { bookmarks: { 'shop-data': { position: 5, inbox: 'a1', check: 'c1' } } };
const WORDS = [
  ...[
    '{"bookmarks":{}}',
    '{"bookmarks":',
    '{"type":"STATE","value":',
    '{}',
    '{',
    '}',
    '[]',
    'null',
    '""',
    '\n',
  ],
  ...['\n\n', '\r\n', '\u0000', '\u0000'.repeat(70), '\ufeff', ' ', '"position":-1', '1e999', '"shop-data":'],
];

test(
  'the state file is a state, none, or refused with exit code 5, and a whole state line after it counts',
  async () => {
    const path = join(tempFolder(), 'state.jsonl');
    await fuzz({
      corpus: 'state',
      words: WORDS,
      rounds: 300,
      check: async (input) => {
        writeFileSync(path, input);
        await expectStateOrRefusal(path);
        appendFileSync(path, `\n${JSON.stringify(STATE)}\n`);
        expect(await readStateFile(path)).toEqual(STATE);
      },
    });
  },
  FUZZ_TIMEOUT_MS,
);

async function expectStateOrRefusal(path: string): Promise<void> {
  try {
    const state = await readStateFile(path);
    if (state !== undefined) expect(state).toBeTypeOf('object');
  } catch (cause) {
    expect(cause).toBeInstanceOf(ToolkitError);
    expect((cause as ToolkitError).exitCode).toBe(5);
  }
}
