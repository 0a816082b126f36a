import { withoutSecrets } from '@tap-webhooks/singer';
import { confirmedThrough } from '../consumers/trim.js';
import { type Consumer, takes } from '../inbox/consumer.js';
import { type InboxReader, newestIncarnation, type Refusals, type StreamStatus } from '../inbox/inbox.js';
import { age, bytes, table } from './text-table.js';

export interface Backlog {
  /** Events of the stream that the consumer has not confirmed. */
  readonly waiting: number;
  /** False when `waiting` is an upper bound, because counting would have read too much. */
  readonly waiting_is_exact: boolean;
  /** Age of the oldest of them; null when none waits. */
  readonly oldest_age_seconds: number | null;
}

/** At most this much of a stream is read to count. */
const MAX_READS = 64;
const READ = { limit: 10_000, limitBytes: 4 * 1024 * 1024 };

/**
 * Counts the events that wait. Positions are shared by all streams, so the distance between two positions does not tell how
 * many events of one stream are between them.
 */
async function countWaiting(
  { stream, newest, kept, oldest, oldestReceivedAt }: StreamStatus,
  confirmed: number,
  reader: InboxReader,
  now: number,
): Promise<Backlog> {
  const seconds = (receivedAt: number) => Math.max(0, Math.round((now - receivedAt) / 1000));
  if (kept === 0 || oldest === null || confirmed >= newest)
    return { waiting: 0, waiting_is_exact: true, oldest_age_seconds: null };
  if (confirmed < oldest && oldestReceivedAt !== null)
    return { waiting: kept, waiting_is_exact: true, oldest_age_seconds: seconds(oldestReceivedAt) };
  let after = confirmed;
  let waiting = 0;
  let oldestAge: number | null = null;
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const entries = await reader.read({ after: { [stream]: after }, through: newest, ...READ });
    const [first] = entries;
    const last = entries.at(-1);
    if (!first || !last) return { waiting, waiting_is_exact: true, oldest_age_seconds: oldestAge };
    oldestAge ??= seconds(first.receivedAt);
    waiting += entries.length;
    after = last.position;
  }
  return {
    waiting: Math.min(kept, waiting + newest - after),
    waiting_is_exact: false,
    oldest_age_seconds: oldestAge,
  };
}

/** What `status --json` prints. */
export interface Status {
  readonly inbox: {
    readonly path: string;
    readonly incarnation: string;
    readonly newest: number;
    readonly bytes: number;
    readonly quarantined: number;
  };
  readonly streams: readonly StreamReport[];
  readonly consumers: readonly ConsumerReport[];
  readonly refused: readonly RefusedReport[];
}

/** Requests that were refused in the last 24 hours. */
interface RefusedReport {
  /** Null when the URL named none. */
  readonly integration: string | null;
  readonly reason: string;
  readonly count: number;
  /** Minute of the last one. */
  readonly last_at: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

interface StreamReport {
  readonly stream: string;
  readonly newest: number;
  readonly oldest: number | null;
  readonly kept: number;
  /** Consumers that take it. When there are none, its events are kept until one does. */
  readonly taken_by: readonly string[];
  readonly stored: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly quarantined: number;
}

interface ConsumerReport {
  readonly consumer: string;
  readonly registered_at: string;
  readonly streams: readonly ConsumedStream[];
}

interface ConsumedStream extends Backlog {
  readonly stream: string;
  readonly newest: number;
  /** Never past `newest`, though a quiet stream's bookmark may be. */
  readonly confirmed: number;
  /** What the consumer confirmed in another inbox, or in this one before it was rolled back. It counts for nothing. */
  readonly confirmed_elsewhere?: number;
}

/** Reads the status. It changes nothing, so it can be used beside a receiver and pipes at any time. */
export async function readStatus(path: string, reader: InboxReader, now: number): Promise<Status> {
  const { bytes, quarantined } = await reader.totals();
  const streams = await reader.streams();
  const consumers = await reader.consumers.list();
  const { id: incarnation } = newestIncarnation(await reader.incarnations());
  const reports: ConsumerReport[] = [];
  for (const consumer of consumers) reports.push(await reportConsumer(consumer, streams, reader, now));
  return {
    inbox: { path: withoutSecrets(path), incarnation, newest: await reader.newest(), bytes, quarantined },
    streams: streams.map((status) => reportStream(status, consumers)),
    consumers: reports,
    refused: (await reader.refusals(now - DAY_MS)).map(reportRefused),
  };
}

function reportRefused({ integration, reason, minute, count }: Refusals): RefusedReport {
  return { integration, reason, count, last_at: new Date(minute).toISOString() };
}

function reportStream(status: StreamStatus, consumers: readonly Consumer[]): StreamReport {
  const { stream, newest, oldest, kept, counters } = status;
  const takers = consumers.filter((consumer) => takes(consumer, stream));
  return { stream, newest, oldest, kept, taken_by: takers.map(({ name }) => name), ...counters };
}

async function reportConsumer(
  consumer: Consumer,
  streams: readonly StreamStatus[],
  reader: InboxReader,
  now: number,
): Promise<ConsumerReport> {
  const reports: ConsumedStream[] = [];
  for (const status of streams.filter(({ stream }) => takes(consumer, stream)))
    reports.push(await reportConsumed(consumer, status, reader, now));
  return { consumer: consumer.name, registered_at: consumer.registeredAt, streams: reports };
}

async function reportConsumed(
  consumer: Consumer,
  status: StreamStatus,
  reader: InboxReader,
  now: number,
): Promise<ConsumedStream> {
  const { stream, newest } = status;
  const through = await confirmedThrough(consumer, stream, reader);
  const confirmed = Math.min(through, newest);
  const elsewhere = through === 0 ? consumer.confirmed[stream]?.position : undefined;
  return {
    stream,
    newest,
    confirmed,
    ...(await countWaiting(status, confirmed, reader, now)),
    ...(elsewhere === undefined ? {} : { confirmed_elsewhere: elsewhere }),
  };
}

export function statusText({ inbox, streams, consumers, refused }: Status): string {
  const pipes = consumers.flatMap(({ consumer, streams }) =>
    streams.map((report) => [
      consumer,
      report.stream,
      String(report.newest),
      String(report.confirmed),
      `${report.waiting_is_exact ? '' : 'up to '}${report.waiting}`,
      report.oldest_age_seconds === null ? '-' : age(report.oldest_age_seconds),
    ]),
  );
  const elsewhere = consumers.flatMap(({ consumer, streams }) =>
    streams.flatMap(({ stream, confirmed_elsewhere: position }) =>
      position === undefined
        ? []
        : [
            `${consumer} confirmed ${stream} up to ${position} in another inbox or in another copy of this one: that counts for nothing here.`,
          ],
    ),
  );
  const untaken = streams.filter((report) => report.taken_by.length === 0 && report.kept > 0);
  return [
    `Inbox ${inbox.path} (${inbox.incarnation}): ${bytes(inbox.bytes)}, newest position ${inbox.newest}, ${inbox.quarantined} quarantined`,
    table(['consumer', 'stream', 'newest', 'confirmed', 'waiting', 'oldest'], pipes),
    ...streams
      .filter(({ quarantined }) => quarantined > 0)
      .map(({ stream, quarantined }) => `${stream}: ${quarantined} events were quarantined.`),
    ...(refused.length === 0 ? [] : [refusedText(refused)]),
    ...elsewhere,
    ...untaken.map(
      ({ stream, kept }) => `${stream}: no consumer takes this stream, so all its ${kept} events are kept.`,
    ),
  ].join('\n');
}

function refusedText(refused: readonly RefusedReport[]): string {
  const rows = refused.map(({ integration, reason, count, last_at }) => [
    integration ?? '(no URL of ours)',
    reason,
    String(count),
    last_at,
  ]);
  return `Requests refused in the last 24 hours:\n${table(['integration', 'reason', 'refused', 'last'], rows)}`;
}
