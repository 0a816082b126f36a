import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@tap-webhooks/singer';
import { listConsumers } from '../consumers/consumer-files.js';
import type { InboxWriter } from '../inbox/inbox.js';
import { planTrim, type TrimSettings } from './plan.js';

/** Between two looks at what has been confirmed. */
const INTERVAL_MS = 2000;
/** A drain holds the receiver's lock no longer than this at a time; a receiver that starts waits for longer. */
const SHARE_MS = 1000;

/** Trims until the signal aborts. For the process that holds the receiver's lock, and no other. */
export async function keepTrimmed(
  inboxPath: string,
  writer: InboxWriter,
  settings: TrimSettings,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const told = new Set<string>();
  let troubled = false;
  while (!signal.aborted) {
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
    try {
      const { request, untaken } = await planTrim(
        writer,
        await listConsumers(inboxPath),
        settings,
        Date.now(),
      );
      for (const stream of untaken.filter((stream) => !told.has(stream))) {
        log.warn({ stream }, 'No consumer takes this stream: its events are kept until one does');
        told.add(stream);
      }
      while (!signal.aborted && (await writer.trim(request)));
      troubled = false;
    } catch (cause) {
      if (!troubled) log.warn({ why: (cause as Error).message }, 'Nothing can be trimmed now');
      troubled = true;
    }
  }
}

/**
 * One share of trimming.
 * @returns true when there is more to do.
 */
export async function trimShare(
  inboxPath: string,
  writer: InboxWriter,
  settings: TrimSettings,
): Promise<boolean> {
  const { request } = await planTrim(writer, await listConsumers(inboxPath), settings, Date.now());
  const deadline = performance.now() + SHARE_MS;
  while (await writer.trim(request)) if (performance.now() > deadline) return true;
  return false;
}
