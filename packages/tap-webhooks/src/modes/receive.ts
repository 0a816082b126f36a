import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import type { Integration } from '../integrations.js';
import { aborted } from './aborted.js';
import { openDoor } from './door.js';
import { showProgress } from './progress-line.js';
import { ownInbox } from './receiver.js';

/** Takes webhooks into the inbox until stopped; prints nothing. */
export async function receive(
  config: TapConfig,
  integrations: readonly Integration[],
  context: Context,
): Promise<void> {
  const inbox = await ownInbox(config, integrations, context);
  try {
    const door = await openDoor(config, integrations, inbox.writer, context.log);
    const progress = showProgress(inbox.writer);
    await aborted(context.stop);
    progress.stop();
    await door.close();
  } finally {
    await inbox.close();
  }
}
