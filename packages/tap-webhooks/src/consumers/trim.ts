import { type Logger, pause } from '@tap-webhooks/singer';
import { type Consumer, takes } from '../inbox/consumer.js';
import {
  type InboxReader,
  type InboxWriter,
  type Incarnation,
  incarnationAt,
  type StreamStatus,
  type TrimRequest,
} from '../inbox/inbox.js';
import { isOfThisInbox } from './check-bookmarks.js';

export interface TrimSettings {
  /** Days that an event is kept at least, also when it is confirmed. */
  readonly retentionDays: number;
  /** Days that delivery ids are kept, to recognise a provider's retry. */
  readonly dedupeDays: number;
}

export interface TrimPlan {
  readonly request: TrimRequest;
  /** Streams with events that no consumer takes. They are kept whole. */
  readonly untaken: readonly string[];
}

const DAY_MS = 86_400_000;

/**
 * Returns what may be deleted now: per stream, the events up to where every consumer that takes it has confirmed. Only
 * confirmations of this inbox's own events count, which their checks prove.
 * @param now the confirmed time, epoch in ms.
 */
export async function planTrim(
  reader: InboxReader,
  consumers: readonly Consumer[],
  settings: TrimSettings,
  now: number,
): Promise<TrimPlan> {
  const streams = await reader.streams();
  const confirmed: { [stream: string]: number } = {};
  const untaken: string[] = [];
  for (const status of streams) {
    const takers = consumers.filter((consumer) => takes(consumer, status.stream));
    const through = await Promise.all(takers.map((taker) => confirmedThrough(taker, status.stream, reader)));
    if (through.length > 0) confirmed[status.stream] = Math.min(...through);
    else if (status.kept > 0) untaken.push(status.stream);
  }
  const bookmarked = confirmedOfAll(consumers, await reader.incarnations());
  const request = {
    confirmed,
    checksFrom: lowestBookmark([...Object.values(confirmed), ...bookmarked], streams),
    receivedBefore: now - settings.retentionDays * DAY_MS,
    deliveriesBefore: now - settings.dedupeDays * DAY_MS,
  };
  return { request, untaken };
}

/**
 * Returns the confirmed position; 0 when nothing was confirmed, or only events of another inbox, or of this one before it
 * was rolled back.
 */
export async function confirmedThrough(
  consumer: Consumer,
  stream: string,
  reader: InboxReader,
): Promise<number> {
  const bookmark = consumer.confirmed[stream];
  return bookmark && (await isOfThisInbox(bookmark, reader)) ? bookmark.position : 0;
}

/** Consumers keep the bookmarks of streams that they no longer take, since they may take them again. */
function confirmedOfAll(consumers: readonly Consumer[], incarnations: readonly Incarnation[]): number[] {
  return consumers
    .flatMap((consumer) => Object.values(consumer.confirmed))
    .filter(({ inbox, position }) => incarnationAt(incarnations, position) === inbox)
    .map((bookmark) => bookmark.position);
}

/**
 * Returns the lowest position that a pipe may still come back to: what it confirmed, or an older state while the events
 * after it are kept.
 */
function lowestBookmark(confirmed: readonly number[], streams: readonly StreamStatus[]): number {
  const kept = streams.flatMap((status) => (status.oldest === null ? [] : [status.oldest - 1]));
  const places = [...confirmed, ...kept];
  return places.length === 0 ? 0 : Math.min(...places);
}

/** Time between two looks at what has been confirmed, in ms. */
const INTERVAL_MS = 2000;
/** A drain holds the writer's lock no longer than this at a time; a receiver that starts waits for longer. */
const SHARE_MS = 1000;

/** Trims until the signal aborts. For the process that has the writer open. */
export async function keepTrimmed(
  writer: InboxWriter,
  settings: TrimSettings,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const told = new Set<string>();
  let troubled = false;
  while (!signal.aborted) {
    await pause(INTERVAL_MS, signal);
    try {
      const { request, untaken } = await planNow(writer, settings);
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
 * Trims for a short time.
 * @returns true when there is more to do.
 */
export async function trimShare(writer: InboxWriter, settings: TrimSettings): Promise<boolean> {
  const { request } = await planNow(writer, settings);
  const deadline = performance.now() + SHARE_MS;
  while (await writer.trim(request)) if (performance.now() > deadline) return true;
  return false;
}

async function planNow(writer: InboxWriter, settings: TrimSettings): Promise<TrimPlan> {
  const now = await writer.confirmedTime();
  return await planTrim(writer, await writer.consumers.list(), settings, now);
}
