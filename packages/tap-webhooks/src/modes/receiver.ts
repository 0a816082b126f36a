import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import { listConsumers } from '../consumers/consumer-files.js';
import type { InboxWriter } from '../inbox/inbox.js';
import { openSqliteWriter } from '../inbox/sqlite/writer.js';
import { type Integration, resolveIntegrations, securityWarnings } from '../integrations.js';
import { keepTrimmed } from '../trimming/trimmer.js';
import { refuseGone } from './takes.js';
import { lockAsReceiver } from './writer-lock.js';

/** The inbox in the hands of the one process that writes it. */
export interface OwnInbox {
  readonly writer: InboxWriter;
  /** Ends trimming, closes the inbox and lets another receiver have it. */
  close(): Promise<void>;
}

/** Integrations with their secrets, and what a person should know of how safe they are. */
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
 * Takes the receiver's lock, opens the inbox (makes it when absent), hands it the rules and keeps it trimmed.
 * @throws ToolkitError `locked`, exit 4; `integration_gone`, exit 1.
 */
export async function ownInbox(
  config: TapConfig,
  integrations: readonly Integration[],
  { log }: Pick<Context, 'log'>,
): Promise<OwnInbox> {
  const path = config.inbox_path;
  const lock = await lockAsReceiver(path);
  try {
    const writer = await openWithRules(path, integrations);
    const over = new AbortController();
    const settings = { retentionDays: config.retention_days, dedupeDays: config.dedupe_days };
    const trimming = keepTrimmed(path, writer, settings, over.signal, log);
    return {
      writer,
      async close() {
        over.abort();
        await trimming;
        await writer.close();
        lock.release();
      },
    };
  } catch (cause) {
    lock.release();
    throw cause;
  }
}

async function openWithRules(path: string, integrations: readonly Integration[]): Promise<InboxWriter> {
  const writer = await openSqliteWriter(path);
  try {
    const rules = integrations.map((integration) => integration.rules);
    const streams = rules.map(({ stream }) => stream);
    await refuseGone(streams, await listConsumers(path), writer);
    await writer.setRules(rules);
    return writer;
  } catch (cause) {
    await writer.close();
    throw cause;
  }
}
