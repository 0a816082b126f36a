import { type Consumer, takes } from '../consumers/consumer.js';
import { listConsumers } from '../consumers/consumer-files.js';
import type { InboxReader, StreamStatus } from '../inbox/inbox.js';
import { confirmedThrough } from '../trimming/plan.js';
import { age, bytes, table } from './text-table.js';
import { countWaiting, type Waiting } from './waiting.js';

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
}

interface StreamReport {
  readonly stream: string;
  readonly newest: number;
  readonly oldest: number | null;
  readonly kept: number;
  /** Consumers that take it; none: its events are kept until one does. */
  readonly taken_by: readonly string[];
  readonly stored: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly quarantined: number;
}

interface ConsumerReport {
  readonly consumer: string;
  readonly registered_at: string;
  readonly streams: ReadonlyArray<
    { readonly stream: string; readonly newest: number; readonly confirmed: number } & Waiting
  >;
}

/** Reads only, so it may be asked beside a receiver and pipes at any time. */
export async function readStatus(path: string, reader: InboxReader, now: number): Promise<Status> {
  const { bytes, quarantined } = await reader.totals();
  const streams = await reader.streams();
  const consumers = await listConsumers(path);
  const reports: ConsumerReport[] = [];
  for (const consumer of consumers) reports.push(await reportConsumer(consumer, streams, reader, now));
  return {
    inbox: { path, incarnation: reader.incarnation, newest: await reader.newest(), bytes, quarantined },
    streams: streams.map((status) => reportStream(status, consumers)),
    consumers: reports,
  };
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
  const reports = [];
  for (const status of streams.filter(({ stream }) => takes(consumer, stream))) {
    const confirmed = await confirmedThrough(consumer, status.stream, reader);
    const waiting = await countWaiting(status, confirmed, reader, now);
    reports.push({ stream: status.stream, newest: status.newest, confirmed, ...waiting });
  }
  return { consumer: consumer.name, registered_at: consumer.registeredAt, streams: reports };
}

export function statusText({ inbox, streams, consumers }: Status): string {
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
  const untaken = streams.filter((report) => report.taken_by.length === 0 && report.kept > 0);
  return [
    `Inbox ${inbox.path} (${inbox.incarnation}): ${bytes(inbox.bytes)}, newest position ${inbox.newest}, ${inbox.quarantined} quarantined`,
    table(['consumer', 'stream', 'newest', 'confirmed', 'waiting', 'oldest'], pipes),
    ...streams
      .filter(({ quarantined }) => quarantined > 0)
      .map(({ stream, quarantined }) => `${stream}: ${quarantined} events were quarantined.`),
    ...untaken.map(
      ({ stream, kept }) => `${stream}: no consumer takes it, so all its ${kept} events are kept.`,
    ),
  ].join('\n');
}
