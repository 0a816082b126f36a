import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startBqemulator } from './emulator.js';
import { Gate } from './gate.js';
import { load, recordLine, schemaLine, stateLine, type TapStream } from './load.js';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startBqemulator();
});
afterAll(() => emulator?.stop());

const NOTES: TapStream = {
  stream: 'notes-data',
  inbox: 'inbox-1',
  keys: ['id'],
  columns: { id: { type: 'integer' }, text: { type: 'string' } },
};
const ROWS = 2_500;

/** About 8 kB each, so 20 MB in all. */
function text(position: number): string {
  return `${position}:`.repeat(8_000 / (String(position).length + 1));
}

test('a load of 20 MB is uploaded in one request, and every byte arrives', async () => {
  const gate = await Gate.open(emulator.settings.api_endpoint);
  const lines = Array.from({ length: ROWS }, (_, index) => index + 1).map((position) =>
    recordLine(NOTES, position, `"id":${position},"text":"${text(position)}"`),
  );
  await load(emulator, [schemaLine(NOTES), ...lines, stateLine(NOTES, ROWS)], {
    api_endpoint: gate.url,
    batch_size_bytes: 32 * 1024 * 1024,
  });
  expect(gate.loads[0]).toBe(200);
  const rows = await emulator.rest.query('SELECT text FROM notes.data ORDER BY id');
  expect(rows.length).toBe(ROWS);
  expect(rows.every((row, index) => row.text === text(index + 1))).toBe(true);
});
