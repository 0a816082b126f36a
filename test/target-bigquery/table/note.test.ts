import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Note } from '../../../packages/target-bigquery/dist/table/note.js';
import { tempFolder } from '../../helpers/temp.js';

const table = { creationTime: '100', lastModifiedTime: '200', numRows: '0', isNew: false };
/** The table as it was left. */
const left = { ...table, lastModifiedTime: '300', numRows: '41' };

async function saved(): Promise<string> {
  const path = join(tempFolder(), 'spool', 'note.json');
  const note = new Note(path, table);
  note.learn('inbox1', 41);
  await note.save(left);
  return path;
}

describe('the note of what is loaded', () => {
  test('tells how far an inbox is loaded when the table is as it was left', async () => {
    expect(new Note(await saved(), left).through('inbox1')).toBe(41);
  });

  test.each([
    ['the table was changed since', { ...left, lastModifiedTime: '301' }],
    ['it has other rows, though its time is the same', { ...left, numRows: '42' }],
    ['the table was made anew', { ...left, creationTime: '101' }],
  ])('says nothing when %s', async (_, now) => {
    expect(new Note(await saved(), now).through('inbox1')).toBeUndefined();
  });

  test('says nothing of an inbox that it does not know', async () => {
    expect(new Note(await saved(), left).through('inbox2')).toBeUndefined();
  });

  test.each(['', '{"format":1,"creat', '{"format":3}', 'null'])(
    'says nothing when it is torn: %s',
    async (text) => {
      const path = await saved();
      writeFileSync(path, text);

      expect(new Note(path, left).through('inbox1')).toBeUndefined();
    },
  );

  test('needs no file for a table that this run made', async () => {
    const note = new Note(join(tempFolder(), 'none'), { ...table, isNew: true });

    expect(note.through('inbox1')).toBe(Number.NEGATIVE_INFINITY);
  });

  test('is void for an inbox that somebody else loads too', async () => {
    const note = new Note(join(tempFolder(), 'none'), { ...table, isNew: true });
    note.learn('inbox1', 10);

    note.doubt('inbox1');

    expect(note.through('inbox1')).toBeUndefined();
  });

  test('never falls', async () => {
    const note = new Note(join(tempFolder(), 'none'), table);
    note.learn('inbox1', 10);
    note.learn('inbox1', 4);

    expect(note.through('inbox1')).toBe(10);
  });

  test('remembers a bounded number of inboxes, the last used ones', async () => {
    const note = new Note(join(tempFolder(), 'none'), { ...table, isNew: true });
    for (let index = 0; index < 100; index += 1) note.learn(`inbox${index}`, 1);

    expect(note.through('inbox99')).toBe(1);
    expect(note.through('inbox0')).toBeUndefined();
  });
});
