import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import { refuseGone } from '../consumers/streams-taken.js';
import { keepTrimmed } from '../consumers/trim.js';
import type { InboxWriter } from '../inbox/inbox.js';
import { openInbox } from '../inbox/open.js';
import { type Integration, resolveIntegrations, securityWarnings } from '../integrations.js';

/** Longer than a drain has the inbox open for writing, so that a drain never keeps a receiver from starting. */
const WAIT_FOR_DRAIN_MS = 5000;

/** The inbox in a receiver: open for writing, with the rules of its integrations, and trimmed all the time. */
export interface ReceivingInbox {
  readonly inbox: InboxWriter;
  /** Stops trimming and closes the inbox; another receiver can open it then. */
  close(): Promise<void>;
}

/** Integrations with their secrets. Logs what a person should know about how safe they are. */
export function resolveForServing(
  config: TapConfig,
  sources: readonly string[],
  { env, log }: Pick<Context, 'env' | 'log'>,
): Integration[] {
  const integrations = resolveIntegrations(config, env);
  const paths = sources.filter((source) => source !== 'ENV');
  for (const warning of securityWarnings(config, integrations, paths)) log.warn(warning);
  return integrations;
}

/**
 * Opens the inbox for writing, creates it when there is none, gives it the rules and keeps it trimmed.
 * @throws ToolkitError `locked`, exit 4; `integration_gone`, exit 1.
 */
export async function openInboxWriter(
  config: TapConfig,
  integrations: readonly Integration[],
  { log }: Pick<Context, 'log'>,
): Promise<ReceivingInbox> {
  const inbox = await openWithRules(config, integrations);
  const over = new AbortController();
  const settings = { retentionDays: config.retention_days, dedupeDays: config.dedupe_days };
  const trimming = keepTrimmed(inbox, settings, over.signal, log);
  return {
    inbox,
    async close() {
      over.abort();
      await trimming;
      await inbox.close();
    },
  };
}

async function openWithRules(config: TapConfig, integrations: readonly Integration[]): Promise<InboxWriter> {
  const inbox = await openInbox(config, 'writer', { create: true, waitMs: WAIT_FOR_DRAIN_MS });
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
