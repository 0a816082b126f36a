import type { InboxReader, StreamStatus } from '../inbox/inbox.js';

export interface Waiting {
  /** Events of the stream that the consumer has not confirmed. */
  readonly waiting: number;
  /** False: it is that many at most; counting on would have meant reading too much. */
  readonly waiting_is_exact: boolean;
  /** Age of the oldest of them; null when none waits. */
  readonly oldest_age_seconds: number | null;
}

/** What is read of one stream, at most, to count. */
const MAX_READS = 64;
const READ = { limit: 10_000, limitBytes: 4 * 1024 * 1024 };

/**
 * Positions are given over all streams, so the distance between two of them says how many events lie between only where
 * there is one stream; elsewhere they are counted.
 */
export async function countWaiting(
  { stream, newest, kept, oldest, oldestReceivedAt }: StreamStatus,
  confirmed: number,
  reader: InboxReader,
  now: number,
): Promise<Waiting> {
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
