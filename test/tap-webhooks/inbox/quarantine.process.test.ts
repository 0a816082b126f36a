import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver, verifyFile } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

it('the quarantine holds what judging an event again needs of its request, and verifies it', async () => {
  const folder = join(tempFolder(), 'inbox');
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules({ onMalformed: 'quarantine' })]);
  const request = {
    contentType: 'multipart/form-data; boundary=x',
    headers: { 'x-shop': 'a' },
    query: { source: 'b' },
  };
  for (const more of [request, {}])
    expect(await append(inbox, '--x', more)).toEqual(taken({ quarantined: 1 }));
  const database = new DatabaseSync(join(folder, 'inbox.sqlite'));
  onTestFinished(() => database.close());
  expect(
    database
      .prepare('SELECT request FROM quarantine ORDER BY id')
      .all()
      .map((row: object) => ({ ...row })),
  ).toEqual([
    {
      request:
        '{"content_type":"multipart/form-data; boundary=x","headers":{"x-shop":"a"},"query":{"source":"b"}}',
    },
    { request: null },
  ]);
  expect((await verifyFile(folder)).damaged).toEqual([]);
  database.exec(`UPDATE quarantine SET request = '{}' WHERE request IS NOT NULL`);
  expect((await verifyFile(folder)).damaged).toHaveLength(1);
});
