import { aborted } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import type { Integration } from '../integrations.js';
import { openInboxWriter } from './inbox-writer.js';
import { openPipe, type Pipe, type PipeFiles, runPipe } from './pipe.js';
import { type RunningServer, startServer } from './receive.js';

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
  const { inbox, close } = await openInboxWriter(config, integrations, context);
  try {
    const streams = integrations.map(({ rules }) => rules.stream);
    const pipe = await openPipe(config, streams, files, inbox, context);
    await runPipe(pipe, inbox, async () => {
      const server = await startServer(config, integrations, inbox, context.log);
      await both(pipe, server, context.stop);
    });
  } finally {
    await close();
  }
}

/** When one of them ends, for whatever reason, the other is ended too. */
async function both(pipe: Pipe, server: RunningServer, stop: AbortSignal): Promise<void> {
  const halt = new AbortController();
  const haltNow = () => halt.abort();
  void aborted(stop).then(haltNow);
  const ends = await Promise.allSettled([
    pipe.emitter.follow(halt.signal).finally(haltNow),
    aborted(halt.signal).then(() => server.close()),
  ]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
