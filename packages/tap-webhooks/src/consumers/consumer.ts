import type { Bookmark } from './bookmark.js';

/**
 * A pipe that reads the inbox under a name of its own. It is written by that pipe alone (it holds the lease) and read by
 * whoever trims: an event goes only when every consumer that takes its stream has confirmed past it.
 */
export interface Consumer {
  /** `^[a-z0-9_-]{1,63}$` */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly registeredAt: string;
  /** Every stream, also those configured later, or only these. */
  readonly streams: 'all' | readonly string[];
  /** Per stream, up to where the target has told by its state that rows are durable. */
  readonly confirmed: { readonly [stream: string]: Bookmark };
}

export function takes(consumer: Pick<Consumer, 'streams'>, stream: string): boolean {
  return consumer.streams === 'all' || consumer.streams.includes(stream);
}
