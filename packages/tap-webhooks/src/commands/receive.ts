import { aborted } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import type { Integration } from '../integrations.js';
import { Receiver } from '../receiver.js';
import { showProgress } from './pipe.js';

/** Takes webhooks into the inbox until stopped; prints nothing. */
export async function receive(
  config: TapConfig,
  integrations: readonly Integration[],
  { stop, log }: Context,
): Promise<void> {
  const receiver = await Receiver.open(config, integrations, log);
  try {
    await receiver.listen();
    const progress = showProgress(receiver.inbox);
    await aborted(stop);
    progress.stop();
  } finally {
    await receiver.close();
  }
}
