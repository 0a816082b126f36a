import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStateFile } from '../../../packages/tap-webhooks/dist/consumers/state-file.js';
import { tempFolder } from '../../helpers/temp.js';

const state = (position: number) => ({
  bookmarks: { 'shop-data': { position, inbox: 'a1', check: 'c1' } },
});

function stateFile(text: string): string {
  const path = join(tempFolder(), 'state.json');
  writeFileSync(path, text);
  return path;
}

describe('the state file', () => {
  it('the state file may be absent', async () => {
    expect(await readStateFile(join(tempFolder(), 'none.json'))).toBeUndefined();
  });

  it('the state file may be empty', async () => {
    expect(await readStateFile(stateFile(''))).toBeUndefined();
    expect(await readStateFile(stateFile('\n\n'))).toBeUndefined();
    expect(await readStateFile('/dev/null')).toBeUndefined();
  });

  it('the state file may be one pretty-printed JSON document', async () => {
    expect(await readStateFile(stateFile(JSON.stringify(state(5), null, 4)))).toEqual(state(5));
  });

  it('the state file may be one line without a line end', async () => {
    expect(await readStateFile(stateFile(JSON.stringify(state(5))))).toEqual(state(5));
  });

  it('the state file may be a state with nothing in it', async () => {
    expect(await readStateFile(stateFile('{}'))).toEqual({});
  });

  it('the state file is read at its last whole line', async () => {
    expect(
      await readStateFile(stateFile(`${JSON.stringify(state(5))}\n${JSON.stringify(state(9))}\n`)),
    ).toEqual(state(9));
  });

  it('the state file is read at the line before a torn last line', async () => {
    const torn = JSON.stringify(state(9)).slice(0, -3);
    expect(await readStateFile(stateFile(`${JSON.stringify(state(5))}\n${torn}`))).toEqual(state(5));
  });

  it('the state file holds no bookmark when a crash tore its first line', async () => {
    expect(await readStateFile(stateFile(JSON.stringify(state(9)).slice(0, -3)))).toBeUndefined();
  });

  const whole = JSON.stringify(state(9));

  it('the state file holds no bookmark when a crash tore its first line at any place', async () => {
    for (let length = 1; length < whole.length; length += 1)
      expect(await readStateFile(stateFile(whole.slice(0, length))), `${length} bytes`).toBeUndefined();
  });

  it.each([
    ['NULs', '\0\0\0\0'],
    ['NULs and line ends', '\0\0\n\n\0'],
    ['half a line that ends in NULs', `${whole.slice(0, 20)}\0\0\0`],
    ['half a line and a line end', `${whole.slice(0, 20)}\n`],
    ['two torn lines', `${whole.slice(0, 20)}\n${whole.slice(0, 30)}`],
    ['half of a pretty-printed document', JSON.stringify(state(5), null, 4).slice(0, 60)],
  ])('the state file holds no bookmark when it holds only %s', async (_, text) => {
    expect(await readStateFile(stateFile(text))).toBeUndefined();
  });

  it.each([
    ['NULs', '\0\0\0\0'],
    ['NULs and a line end', '\0\0\0\0\n'],
    ['half a line and a line end', `${whole.slice(0, 20)}\n`],
  ])('the state file counts when it begins with %s', async (_, beginning) => {
    expect(await readStateFile(stateFile(`${beginning}${JSON.stringify(state(5))}\n`))).toEqual(state(5));
  });

  it.each([
    ['text', 'hello'],
    ['text of several lines', 'hello\nworld\n'],
    ['half a line and text', `${whole.slice(0, 20)}\nhello\n`],
    ['a state that was edited wrongly', '{"bookmarks":{},}'],
    ['a state without its quotes', '{bookmarks: {'],
    ['a list', '[1, 2'],
    ['a state in another object', JSON.stringify({ singer_state: state(5) })],
    ['a state without bookmarks', '{"since":"2026-01-01"}'],
    ['a message of another type', JSON.stringify({ type: 'state', value: state(5) })],
    ['bookmarks that are null', '{"bookmarks":null}'],
    ['bookmarks that are a list', '{"bookmarks":[]}'],
    ['bookmarks that are a text', '{"bookmarks":"5"}'],
  ])('the state file is refused with exit 5 when it holds %s', async (_, text) => {
    await expect(readStateFile(stateFile(text))).rejects.toMatchObject({
      code: 'state_unreadable',
      exitCode: 5,
    });
  });

  it('the state file may hold whole STATE messages', async () => {
    const line = JSON.stringify({ type: 'STATE', value: state(7) });
    expect(await readStateFile(stateFile(`${line}\n${line}\n`))).toEqual(state(7));
    expect(await readStateFile(stateFile(line))).toEqual(state(7));
  });

  it('the state file is refused with exit 5 when it holds something else', async () => {
    await expect(readStateFile(stateFile('no state\nat all\n'))).rejects.toMatchObject({
      code: 'state_unreadable',
      exitCode: 5,
    });
  });

  it('the state file is read from its end only, however long it is', async () => {
    const path = stateFile('');
    truncateSync(path, 3 * 1024 ** 3); // sparse: reading it whole would take seconds and gigabytes
    appendFileSync(path, `\n${JSON.stringify(state(5))}\n${JSON.stringify(state(9))}\n`);
    const before = process.memoryUsage().rss;
    expect(await readStateFile(path)).toEqual(state(9));
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2);
  });

  it('the state file may have a last line longer than the first look at its end', async () => {
    const bookmarks = Object.fromEntries(
      Array.from({ length: 3000 }, (_, n) => [`s${n}-data`, { position: 8, inbox: 'a1', check: 'c1' }]),
    );
    const path = stateFile(`${JSON.stringify(state(5))}\n`.repeat(10_000));
    appendFileSync(path, `${JSON.stringify({ bookmarks })}\n`);
    expect(await readStateFile(path)).toEqual({ bookmarks });
  });
});
