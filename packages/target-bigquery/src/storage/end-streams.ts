import type { OpenStreams } from './open-streams.js';
import { patiently } from './patience.js';
import type { WriteClient } from './write-client.js';

/**
 * Ends all streams of a table that are recorded as open, but for one: what dead processes sent to them cannot come in any
 * more. To be called before the table is asked what it holds, by whatever method is loaded then.
 * @param client asked for only when there are some.
 * @param own is kept.
 * @returns their names.
 */
export async function endStreams(
  streams: OpenStreams,
  client: () => Promise<WriteClient>,
  timeoutMs: number,
  own?: string,
): Promise<readonly string[]> {
  const open = (await streams.open()).filter((name) => name !== own);
  if (open.length === 0) return [];
  const connected = await client();
  for (const name of open) await patiently(() => connected.finalize(name), timeoutMs);
  await streams.finalized(open);
  return open;
}
