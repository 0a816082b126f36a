import { onTestFinished } from 'vitest';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { openSqliteWriter } from '../../../packages/tap-webhooks/dist/inbox/sqlite/writer.js';
import type { OpenInbox } from '../../contracts/inbox/subject.js';
import { testInbox } from '../../contracts/inbox.js';
import { MemoryStore, openMemoryInbox } from '../../helpers/memory-driver.js';
import { tempFolder } from '../../helpers/temp.js';

/** @param openOne opens the same inbox each time. */
async function reopenable(openOne: () => Promise<InboxWriter>): Promise<OpenInbox> {
  let inbox = await openOne();
  onTestFinished(() => inbox.close());
  return {
    inbox,
    async reopen() {
      await inbox.close();
      inbox = await openOne();
      return inbox;
    },
  };
}

testInbox({
  name: 'sqlite',
  open() {
    const folder = tempFolder();
    return reopenable(() => openSqliteWriter(folder));
  },
});

testInbox({
  name: 'memory',
  open() {
    const store = new MemoryStore();
    return reopenable(() => openMemoryInbox(store));
  },
});
