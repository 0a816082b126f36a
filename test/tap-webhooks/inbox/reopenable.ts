import { onTestFinished } from 'vitest';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import type { OpenInbox } from '../../contracts/inbox/subject.js';

/** Opens an inbox for the contract suite. @param openOne opens the same inbox each time. */
export async function reopenable(openOne: () => Promise<InboxWriter>): Promise<OpenInbox> {
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
