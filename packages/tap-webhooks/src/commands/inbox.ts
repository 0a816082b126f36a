import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { readTapConfig } from '../config.js';
import { openInbox } from '../inbox/open.js';

export interface InboxArgs extends CommonArgs {
  readonly json?: boolean;
}

/** Runs `inbox renew`. @throws ToolkitError `locked`, exit 4, while a receiver runs; or as `openInbox` does. */
export async function inboxRenew(args: InboxArgs, context: Context): Promise<void> {
  const inbox = await openInbox(readTapConfig(args, context), 'writer');
  try {
    const { id, first } = await inbox.renew(Date.now());
    await context.out.write(
      args.json
        ? JSON.stringify({ incarnation: id, first_position: first })
        : `The next event gets position ${first} of the new incarnation ${id}. Events that are there keep theirs. Start the receiver and the pipes again, with the states that you have.`,
    );
  } finally {
    await inbox.close();
  }
}

/** Runs `inbox downgrade`. @throws ToolkitError `locked`, exit 4, while a receiver runs; `no_way_back`, exit 1. */
export async function inboxDowngrade(args: InboxArgs, context: Context): Promise<void> {
  const { downgradeInbox } = await import('../inbox/open.js');
  const format = await downgradeInbox(readTapConfig(args, context));
  await context.out.write(
    args.json
      ? JSON.stringify({ format })
      : `The inbox has format ${format} now. Install the previous version before you start it again: this version would update the inbox.`,
  );
}
