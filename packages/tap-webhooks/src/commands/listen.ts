import { aborted } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import type { Integration } from '../integrations.js';
import { Receiver } from '../receiver.js';
import { openPipe, type Pipe, type PipeFiles, runPipe } from './pipe.js';

/**
 * Takes webhooks and emits them until stopped. The state is checked against the inbox before the port is opened. From then
 * on the two halves do not know each other: while the output is stuck, webhooks are still taken.
 */
export async function listen(
  config: TapConfig,
  integrations: readonly Integration[],
  files: PipeFiles,
  context: Context,
): Promise<void> {
  const receiver = await Receiver.open(config, integrations, context.log);
  try {
    const streams = integrations.map(({ rules }) => rules.stream);
    const pipe = await openPipe(config, streams, files, receiver.inbox, context);
    await runPipe(pipe, receiver.inbox, async () => {
      await receiver.listen();
      await both(pipe, receiver, context.stop);
    });
  } finally {
    await receiver.close();
  }
}

/** Runs both until one of them ends, for any reason, and then ends the other. */
async function both(pipe: Pipe, receiver: Receiver, stop: AbortSignal): Promise<void> {
  const halt = new AbortController();
  const haltNow = () => halt.abort();
  void aborted(stop).then(haltNow);
  const ends = await Promise.allSettled([
    pipe.emitter.follow(halt.signal).finally(haltNow),
    aborted(halt.signal).then(() => receiver.stopListening()),
  ]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
