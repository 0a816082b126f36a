import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

// This tap with the target of the former version, and the reverse: people update one before the other.

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const FORMER = join(HERE, '.interop/former');
/** Skipped where the clone is shallow, so that the former version cannot be built. */
const withFormer = test.skipIf(!existsSync(join(FORMER, 'packages/tap-webhooks/dist')));

/** An inbox of format 1; `test/tap-webhooks/inbox/sqlite-fixture.test.ts` says what is in it. */
const INBOX = join(HERE, 'test/tap-webhooks/inbox/fixtures/format-1');

function run(checkout: string, program: string, args: readonly string[], input = '') {
  const bin = join(checkout, 'packages', program, 'bin', `${program}.js`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { input, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

/** Drains a copy of the inbox. This version updates the copy's format first, as its receiver does. */
function drained(checkout: string): string {
  const folder = tempFolder();
  cpSync(INBOX, join(folder, 'inbox'), { recursive: true });
  const config = join(folder, 'tap.json');
  const integrations = [
    { name: 'shop', provider: 'webhooks', key_properties: ['id'] },
    { name: 'news', provider: 'webhooks' },
    { name: 'quiet', provider: 'webhooks' },
  ];
  writeFileSync(config, JSON.stringify({ inbox_path: join(folder, 'inbox'), integrations }));
  if (checkout === HERE) {
    const renewed = run(checkout, 'tap-webhooks', ['inbox', 'renew', '--config', config]); // opens it for writing
    expect(renewed.code, renewed.stderr).toBe(0);
  }
  const { code, stdout, stderr } = run(checkout, 'tap-webhooks', ['drain', '--config', config]);
  expect(code, stderr).toBe(0);
  return stdout;
}

function load(checkout: string, lines: string, folder: string) {
  const config = join(folder, 'target.json');
  writeFileSync(config, JSON.stringify({ destination_path: join(folder, 'rows') }));
  return run(checkout, 'target-jsonl', ['--config', config], lines);
}

/** Position and payload of each row of both tables. */
function rowsIn(folder: string): unknown[] {
  return ['shop', 'news'].flatMap((name) =>
    readFileSync(join(folder, 'rows', name, 'data.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ _sdc_position: position, _sdc_inbox: inbox }) => [name, position, inbox]),
  );
}

const INCARNATION = '17259f8a-6eb0-4657-b667-13b104b268e2';
const ROWS = [
  ['shop', 3, INCARNATION],
  ['shop', 4, INCARNATION],
  ['news', 5, INCARNATION],
  ['news', 6, INCARNATION],
];

withFormer('the target of this version loads what the former tap prints, and prints its state', () => {
  const folder = tempFolder();
  const { code, stdout, stderr } = load(HERE, drained(FORMER), folder);
  expect(code, stderr).toBe(0);
  expect(rowsIn(folder)).toEqual(ROWS);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').bookmarks['news-data'].position).toBe(6);
});

withFormer(
  'the former target loads what the tap of this version prints from an inbox that it updated',
  () => {
    const folder = tempFolder();
    const { code, stdout, stderr } = load(FORMER, drained(HERE), folder);
    expect(code, stderr).toBe(0);
    expect(rowsIn(folder)).toEqual(ROWS);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').bookmarks['news-data'].position).toBe(6);
  },
);

withFormer(
  'the target of this version goes on with a table of the former one, and loads no row twice',
  () => {
    const folder = tempFolder();
    const lines = drained(FORMER);
    expect(load(FORMER, lines, folder).code).toBe(0);
    const { code, stderr } = load(HERE, lines, folder);
    expect(code, stderr).toBe(0);
    expect(rowsIn(folder)).toEqual(ROWS);
  },
);

withFormer('the former target refuses a table of this version with a sentence, and changes nothing', () => {
  const folder = tempFolder();
  const lines = drained(FORMER);
  expect(load(HERE, lines, folder).code).toBe(0);
  const { code, stderr } = load(FORMER, lines, folder);
  expect(code).toBe(3);
  expect(stderr).toContain('manifest');
  expect(rowsIn(folder)).toEqual(ROWS);
});
