import type { Logger } from '@tap-webhooks/singer';
import { openInboxWriter } from './commands/inbox-writer.js';
import type { TapConfig } from './config.js';
import { resolveIntegrations } from './integrations.js';
import { createServer } from './server/server.js';

/** A receiver that accepts webhooks until it is closed. */
export interface Receiver {
  /** The URL at which this machine can reach it. */
  readonly address: string;
  readonly port: number;
  /** Accepts nothing new, answers open requests, closes the inbox and releases its lock. */
  close(): Promise<void>;
}

/**
 * Starts to receive webhooks into the inbox of a config, as `tap-webhooks receive` does. Creates the inbox when there is none.
 * @param env where secrets come from that the config names by variable.
 * @throws ToolkitError `config_invalid`, `cannot_listen`, `integration_gone`, exit 1; `locked`, exit 4, while another process
 * writes the inbox.
 */
export async function startReceiver(
  config: TapConfig,
  log: Logger,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Receiver> {
  const integrations = resolveIntegrations(config, env);
  const { inbox, close: closeInbox } = await openInboxWriter(config, integrations, { log });
  const server = createServer({ integrations, inbox, log, publicUrl: config.public_url });
  try {
    const { address, port } = await server.listen(config.host, config.port);
    return {
      address,
      port,
      async close() {
        try {
          await server.close();
        } finally {
          await closeInbox();
        }
      },
    };
  } catch (cause) {
    await closeInbox();
    throw cause;
  }
}
