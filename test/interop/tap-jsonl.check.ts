import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../helpers/program.js';
import { tempFolder } from '../helpers/temp.js';
import { configFile, foreignOutput, linesOf, parsed, payload } from './foreign.js';

// tap-jsonl (PyPI, built on the Singer SDK) in front of target-jsonl. It reads JSON Lines, so the source can be compared.

const SOURCE = [
  '{"id": 1, "name": "Ä \\"quoted\\" \\\\ 漢字", "big": 12345678901234567890, "nested": {"a": [1, 2, {"b": null}]}, "ok": true}',
  '{"id": 2, "name": "two\\nlines", "big": -9007199254740993, "nested": {"a": []}, "ok": false}',
  '{"id": 3, "name": null}',
  ...Array.from({ length: 2500 }, (_, index) => `{"id": ${index + 4}, "name": "row", "nested": {"n": 0.5}}`),
];

/** What the tap prints of SOURCE. */
async function extract(folder: string, settings: object): Promise<string> {
  const path = join(folder, 'source.jsonl');
  writeFileSync(path, `${SOURCE.join('\n')}\n`);
  const config = configFile({ path, stream_name: 'items', primary_keys: ['id'], ...settings });
  return await foreignOutput('tap-jsonl', ['--config', config]);
}

/** Loads Singer lines; gives the lines of the table, and the states printed. */
async function load(folder: string, singer: string) {
  const config = configFile({ destination_path: join(folder, 'out'), batch_size_rows: 1000 });
  const { code, stderr, lines } = await runProgram('target-jsonl', ['--config', config], { stdin: singer });
  expect(code, stderr).toBe(0);
  return { rows: linesOf(join(folder, 'out/items.jsonl')), states: lines };
}

function lastState(singer: string): unknown {
  const states = parsed(singer.trim().split('\n')).filter(({ type }) => type === 'STATE');
  return states.at(-1)?.value;
}

test('RECORD messages of tap-jsonl become its source rows, in order', async () => {
  const folder = tempFolder();
  const singer = await extract(folder, {});
  const { rows, states } = await load(folder, singer);
  expect(parsed(rows).map(payload)).toEqual(parsed(SOURCE));
  expect(rows[0]).toContain('"big":12345678901234567890');
  expect(rows[1]).toContain('"big":-9007199254740993');
  expect(JSON.parse(states.at(-1) ?? '')).toEqual(lastState(singer));
});

test('BATCH messages of tap-jsonl (gzip) become its source rows, in order', async () => {
  const folder = tempFolder();
  const root = join(folder, 'batches');
  mkdirSync(root);
  const encoding = { format: 'jsonl', compression: 'gzip' };
  const singer = await extract(folder, {
    batch_config: { encoding, storage: { root: `file://${root}` }, batch_size: 1000 },
  });
  expect(singer).not.toContain('"RECORD"');
  expect(readdirSync(root).length).toBeGreaterThan(0);
  const { rows, states } = await load(folder, singer);
  expect(parsed(rows).map(payload)).toEqual(parsed(SOURCE));
  expect(rows[0]).toContain('"big":12345678901234567890');
  expect(JSON.parse(states.at(-1) ?? '')).toEqual(lastState(singer));
});
