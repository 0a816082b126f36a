import type { Logger } from '@tap-webhooks/singer';
import type { TapConfig } from './config.js';
import { refuseGone } from './consumers/streams-taken.js';
import { keepTrimmed } from './consumers/trim.js';
import type { InboxWriter } from './inbox/inbox.js';
import { openInbox } from './inbox/open.js';
import { type Integration, resolveIntegrations } from './integrations.js';
import { createServer, type WebhookServer } from './server/server.js';

/** Longer than a drain has the inbox open for writing, so that a drain never keeps a receiver from starting. */
const WAIT_FOR_DRAIN_MS = 5000;

/** Where a receiver can be reached on this machine. */
export interface Address {
  /** A URL without a path. */
  readonly address: string;
  readonly port: number;
}

/** A receiver that accepts webhooks until it is closed. */
export interface RunningReceiver extends Address {
  /** Accepts nothing new, answers open requests, closes the inbox and releases its lock. */
  close(): Promise<void>;
}

/** The process that writes the inbox: it has the writer's lock, keeps the inbox trimmed and can accept webhooks. */
export class Receiver {
  readonly inbox: InboxWriter;
  readonly #config: TapConfig;
  readonly #integrations: readonly Integration[];
  readonly #log: Logger;
  readonly #closing = new AbortController();
  readonly #trimming: Promise<void>;
  #server: WebhookServer | undefined;

  private constructor(
    inbox: InboxWriter,
    config: TapConfig,
    integrations: readonly Integration[],
    log: Logger,
  ) {
    this.inbox = inbox;
    this.#config = config;
    this.#integrations = integrations;
    this.#log = log;
    const settings = { retentionDays: config.retention_days, dedupeDays: config.dedupe_days };
    this.#trimming = keepTrimmed(inbox, settings, this.#closing.signal, log);
  }

  /**
   * Opens the inbox for writing, creates it when there is none, gives it the rules of the integrations and keeps it trimmed.
   * @throws ToolkitError `locked`, exit 4; `integration_gone`, exit 1; or as `openInbox` does.
   */
  static async open(config: TapConfig, integrations: readonly Integration[], log: Logger): Promise<Receiver> {
    return new Receiver(await openWithRules(config, integrations, log), config, integrations, log);
  }

  /** Accepts webhooks from now on. To be called once. @throws ToolkitError `cannot_listen`, exit 1. */
  async listen(): Promise<Address> {
    const { host, port, public_url: publicUrl } = this.#config;
    const server = createServer({
      integrations: this.#integrations,
      inbox: this.inbox,
      log: this.#log,
      publicUrl,
    });
    const bound = await server.listen(host, port);
    this.#server = server;
    this.#log.info(
      { ...bound, integrations: this.#integrations.length },
      `Listening for webhooks on ${bound.address}`,
    );
    return bound;
  }

  /** Accepts nothing new, and resolves when the requests that had begun are answered. */
  async stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  /** Stops listening and trimming and closes the inbox; another receiver can open it then. */
  async close(): Promise<void> {
    try {
      await this.stopListening();
    } finally {
      this.#closing.abort();
      await this.#trimming;
      await this.inbox.close();
    }
  }
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
): Promise<RunningReceiver> {
  const receiver = await Receiver.open(config, resolveIntegrations(config, env), log);
  try {
    return { ...(await receiver.listen()), close: () => receiver.close() };
  } catch (cause) {
    await receiver.close();
    throw cause;
  }
}

async function openWithRules(
  config: TapConfig,
  integrations: readonly Integration[],
  log: Logger,
): Promise<InboxWriter> {
  const inbox = await openInbox(config, 'writer', {
    create: true,
    waitMs: WAIT_FOR_DRAIN_MS,
    ifNotDurable: config.require_durable_inbox ? 'refuse' : 'warn',
    log,
  });
  try {
    const rules = integrations.map((integration) => integration.rules);
    const streams = rules.map(({ stream }) => stream);
    await refuseGone(streams, await inbox.consumers.list(), inbox);
    await inbox.setRules(rules);
    return inbox;
  } catch (cause) {
    await inbox.close();
    throw cause;
  }
}
