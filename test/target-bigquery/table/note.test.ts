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
  test('the note tells how far an inbox is loaded when the table has not changed', async () => {
    expect(new Note(await saved(), left).through('inbox1')).toBe(41);
  });

  test.each([
    ['the table was changed since', { ...left, lastModifiedTime: '301' }],
    ['it has other rows, though its time is the same', { ...left, numRows: '42' }],
    ['the table was created again', { ...left, creationTime: '101' }],
  ])('the note says nothing when %s', async (_, now) => {
    expect(new Note(await saved(), now).through('inbox1')).toBeUndefined();
  });

  test('the note says nothing of an inbox that it does not know', async () => {
    expect(new Note(await saved(), left).through('inbox2')).toBeUndefined();
  });

  test.each(['', '{"format":1,"creat', '{"format":3}', 'null'])(
    'the note says nothing when its file is torn: %s',
    async (text) => {
      const path = await saved();
      writeFileSync(path, text);

      expect(new Note(path, left).through('inbox1')).toBeUndefined();
    },
  );

  test('the note needs no file for a table that this run created', async () => {
    const note = new Note(join(tempFolder(), 'none'), { ...table, isNew: true });

    expect(note.through('inbox1')).toBe(Number.NEGATIVE_INFINITY);
  });

  test('the note is void for an inbox that somebody else loads too', async () => {
    const note = new Note(join(tempFolder(), 'none'), { ...table, isNew: true });
    note.learn('inbox1', 10);

    note.doubt('inbox1');

    expect(note.through('inbox1')).toBeUndefined();
  });

  test('the position of an inbox never gets lower', async () => {
    const note = new Note(join(tempFolder(), 'none'), table);
    note.learn('inbox1', 10);
    note.learn('inbox1', 4);

    expect(note.through('inbox1')).toBe(10);
  });

  test('the note keeps a bounded number of inboxes, those last used', async () => {
    const note = new Note(join(tempFolder(), 'none'), { ...table, isNew: true });
    for (let index = 0; index < 100; index += 1) note.learn(`inbox${index}`, 1);

    expect(note.through('inbox99')).toBe(1);
    expect(note.through('inbox0')).toBeUndefined();
  });
});
