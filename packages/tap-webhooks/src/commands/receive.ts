import type { Logger } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import type { InboxWriter } from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import { createServer } from '../server/server.js';
import { aborted, ownInbox } from './own-inbox.js';
import { showProgress } from './pipe.js';

/** The front door, open: where webhooks come in. */
export interface Door {
  /** Accepts nothing new, and resolves when the requests already begun are answered. */
  close(): Promise<void>;
}

/** @throws ToolkitError `cannot_listen`, exit 1. */
export async function openDoor(
  config: TapConfig,
  integrations: readonly Integration[],
  inbox: InboxWriter,
  log: Logger,
): Promise<Door> {
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
