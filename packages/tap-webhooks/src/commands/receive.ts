import { aborted, type Logger } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import type { InboxWriter } from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import { createServer } from '../server/server.js';
import { openInboxWriter } from './inbox-writer.js';
import { showProgress } from './pipe.js';

/** The HTTP server, once it listens. */
export interface RunningServer {
  /** Accepts nothing new, and resolves when the requests already begun are answered. */
  close(): Promise<void>;
}

/** @throws ToolkitError `cannot_listen`, exit 1. */
export async function startServer(
  config: TapConfig,
  integrations: readonly Integration[],
  inbox: InboxWriter,
  log: Logger,
): Promise<RunningServer> {
  const server = createServer({ integrations, inbox, log, publicUrl: config.public_url });
  const { address, port } = await server.listen(config.host, config.port);
  log.info({ address, port, integrations: integrations.length }, `Listening for webhooks on ${address}`);
  return server;
}

/** Takes webhooks into the inbox until stopped; prints nothing. */
export async function receive(
  config: TapConfig,
  integrations: readonly Integration[],
  context: Context,
): Promise<void> {
  const { inbox, close } = await openInboxWriter(config, integrations, context);
  try {
    const server = await startServer(config, integrations, inbox, context.log);
    const progress = showProgress(inbox);
    await aborted(context.stop);
    progress.stop();
    await server.close();
  } finally {
    await close();
  }
}
