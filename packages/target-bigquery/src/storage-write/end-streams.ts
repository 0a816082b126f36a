import { poll, type RetryPolicy, withRetry } from '../api/retry.js';
import type { OpenStream, OpenStreams } from './records.js';
import type { WriteClient } from './write-client.js';

/** How long a new write stream may seem to be absent, in ms ("Storage Write API", NOT_FOUND). */
export const ABSENT_MS = 180_000;
/** Age up to which a write stream counts as new, in ms; clocks of machines may differ by minutes. */
const NEW_MS = 600_000;

export interface EndOptions {
  /** Name of a write stream that is kept. */
  readonly own?: string | undefined;
  /** How long the service is asked to end a new write stream that seems to be absent, in ms. */
  readonly absentMs?: number;
}

/**
 * Ends all write streams of a table that are recorded as open, except one, so that rows which dead processes sent cannot be
 * written any more. Called before the table is asked what it holds, for both methods of loading.
 * @param client called only when there are open streams.
 * @returns the names of the ended streams.
 */
export async function endStreams(
  streams: OpenStreams,
  client: () => Promise<WriteClient>,
  retry: RetryPolicy,
  { own, absentMs = ABSENT_MS }: EndOptions = {},
): Promise<readonly string[]> {
  const open = (await streams.open()).filter(({ name }) => name !== own);
  if (open.length === 0) return [];
  const connected = await client();
  for (const stream of open) await endStream(connected, stream, retry, absentMs);
  const names = open.map(({ name }) => name);
  await streams.finalized(names);
  return names;
}

/**
 * Ends a write stream. One that is absent counts as ended, but not at once while it is new.
 * @throws ServiceError when it cannot be ended, or the run is to end before it is known to be absent.
 */
export async function endStream(
  client: WriteClient,
  { name, openedAt }: OpenStream,
  retry: RetryPolicy,
  absentMs = ABSENT_MS,
): Promise<void> {
  const oldFrom = Number.isFinite(openedAt) ? openedAt + NEW_MS : Number.POSITIVE_INFINITY; // some emulators spell times differently
  const isEnded = () => withRetry(() => client.finalize(name), retry);
  await poll(isEnded, Math.min(absentMs, oldFrom - Date.now()), retry.stop);
}
