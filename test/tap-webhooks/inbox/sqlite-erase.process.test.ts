import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, rules, trimAll } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

/** How often a text occurs in all files of a folder. */
function occurrences(folder: string, text: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const files = paths.filter((path) => statSync(path).isFile());
  return files.reduce((count, path) => count + readFileSync(path, 'latin1').split(text).length - 1, 0);
}

test('a trimmed payload is in no file of the inbox any more, while the receiver runs', async () => {
  const folder = join(tempFolder(), 'inbox');
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules()]);
  for (const size of [10, 1000, 20_000, 300_000])
    await append(inbox, Array(20).fill({ secret: `CANARY${'x'.repeat(size)}` }));
  await append(inbox, { secret: 'KEPT' });
  expect(occurrences(folder, 'CANARY')).toBeGreaterThan(0);

  await trimAll(inbox, { confirmed: { 'web-data': 80 } });

  expect(occurrences(folder, 'CANARY')).toBe(0);
  expect(occurrences(folder, 'KEPT')).toBeGreaterThan(0);
});
