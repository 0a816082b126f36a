import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Output } from '../../packages/singer/dist/output.js';
import { fileStream } from '../../packages/singer/dist/output-file.js';
import { tempFolder } from '../helpers/temp.js';

/** Writes lines to the end of a file, as a program does whose output is `>> file`. */
async function append(path: string, ...lines: readonly string[]): Promise<void> {
  const descriptor = openSync(path, 'a');
  onTestFinished(() => closeSync(descriptor));
  const out = new Output(fileStream(descriptor));
  for (const line of lines) await out.write(line);
  await out.end();
}

const fileWith = (content: string) => {
  const path = join(tempFolder(), 'state.jsonl');
  writeFileSync(path, content);
  return path;
};

test.each([
  ['nothing', '', 'a\nb\n'],
  ['whole lines', '{"n":1}\n', '{"n":1}\na\nb\n'],
  ['half a line', '{"n":1}\n{"n":', '{"n":1}\n{"n":\na\nb\n'],
  ['NULs, as a power cut leaves them', '\0\0\0', '\0\0\0\na\nb\n'],
])('output to a file that holds %s begins on a line of its own', async (_, before, after) => {
  const path = fileWith(before);
  await append(path, 'a', 'b');
  expect(readFileSync(path, 'utf8')).toBe(after);
});

test('a program that prints nothing leaves half a line as it is', async () => {
  const path = fileWith('{"n":');
  await append(path);
  expect(readFileSync(path, 'utf8')).toBe('{"n":');
});

test('a file that another program writes too keeps the lines of both', async () => {
  const path = fileWith('');
  await append(path, 'a');
  appendFileSync(path, 'theirs\n');
  await append(path, 'b');
  expect(readFileSync(path, 'utf8')).toBe('a\ntheirs\nb\n');
});

/** Runs the fixture under a shell command, whose redirections decide where its output goes. */
async function runInShell(script: string, cwd: string) {
  const fixture = fileURLToPath(new URL('fixtures/program.mjs', import.meta.url));
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, fixture], { cwd });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, stderr };
}

test('output to a full disk ends with 7, and says so', async () => {
  const { code, stderr } = await runInShell('"$@" --do log\\ and\\ print > /dev/full', tempFolder());
  expect(code).toBe(7);
  expect(stderr).toContain('"code":"output_unwritable"');
  expect(stderr).toContain('cannot be written: there is no room on the disk (ENOSPC): make room');
});

test('a line that a file has no room for is not written in part, and the program ends with 7', async () => {
  const folder = tempFolder();
  const before = `${'x'.repeat(1022)}\n`; // one byte less than the limit, which a part of the line would fit into
  writeFileSync(join(folder, 'state.jsonl'), before);
  const { code, stderr } = await runInShell(
    'ulimit -f 1; "$@" --do log\\ and\\ print >> state.jsonl',
    folder,
  );
  expect([code, stderr]).toEqual([7, expect.stringContaining('(EFBIG): raise its limit')]);
  expect(readFileSync(join(folder, 'state.jsonl'), 'utf8')).toBe(before);
});
