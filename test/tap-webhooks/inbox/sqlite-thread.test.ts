import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import type { SqliteQueries } from '../../../packages/tap-webhooks/dist/inbox/sqlite/queries.js';
import { startThread } from '../../../packages/tap-webhooks/dist/inbox/sqlite/threads/client.js';
import { tempFolder } from '../../helpers/temp.js';

it('the thread refuses a method that the thread does not have', async () => {
  const folder = tempFolder();
  await (await sqliteDriver(folder).writer({ create: true })).close();
  const { thread } = await startThread<SqliteQueries>({ folder, role: 'reader' });
  onTestFinished(() => thread.close());
  await expect(thread.call('newest', [])).resolves.toBe(0);
  await expect(thread.call('unknown' as 'newest', [])).rejects.toThrow('unknown');
});
