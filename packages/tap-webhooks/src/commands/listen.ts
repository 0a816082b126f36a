import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import type { Integration } from '../integrations.js';
import { aborted, ownInbox } from './own-inbox.js';
import { openPipe, type Pipe, type PipeFiles, runPipe } from './pipe.js';
import { type Door, openDoor } from './receive.js';

/**
 * Takes webhooks and emits them until stopped. The state is held against the inbox before the port is opened; from then on
 * the two halves know nothing of each other: while the output is stuck, webhooks are taken all the same.
 */
export async function listen(
  config: TapConfig,
  integrations: readonly Integration[],
  files: PipeFiles,
  context: Context,
): Promise<void> {
  const inbox = await ownInbox(config, integrations, context);
  try {
    const streams = integrations.map(({ rules }) => rules.stream);
    const pipe = await openPipe(config, streams, files, inbox.writer, context);
    await runPipe(pipe, inbox.writer, async () => {
      const door = await openDoor(config, integrations, inbox.writer, context.log);
      await both(pipe, door, context.stop);
    });
  } finally {
    await inbox.close();
  }
}

/** When one of them ends, for whatever reason, the other does in order. */
async function both(pipe: Pipe, door: Door, stop: AbortSignal): Promise<void> {
  const halt = new AbortController();
  const haltNow = () => halt.abort();
  void aborted(stop).then(haltNow);
  const ends = await Promise.allSettled([
    pipe.emitter.follow(halt.signal).finally(haltNow),
    aborted(halt.signal).then(() => door.close()),
  ]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
