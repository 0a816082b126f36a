import type { Bookmark } from '@tap-webhooks/singer';
import { consumerNameInvalid } from '../errors.js';

/**
 * A named reader of the inbox. Only its own pipe, which holds the lease, writes it. The process that trims reads it: an event is
 * deleted only when every consumer that takes its stream has confirmed it.
 */
export interface Consumer {
  /** `^[a-z0-9_-]{1,63}$` */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly registeredAt: string;
  /** Every stream, including those configured later, or only these. */
  readonly streams: 'all' | readonly string[];
  /** Per stream, how far rows are durable according to the target's state. */
  readonly confirmed: { readonly [stream: string]: Bookmark };
}

/** The consumers of an inbox. Any process may use them, beside a writer in another one. No call waits for a lease. */
export interface Consumers {
  /**
   * Returns all registered consumers, sorted by name. Rejects when one of them cannot be read: it is then unknown what it has
   * confirmed, so nothing may be trimmed.
   */
  list(): Promise<Consumer[]>;
  /**
   * Acquires the right to read as this consumer, which one pipe has at a time. It ends with its process, even after `kill -9`.
   * @throws ToolkitError `consumer_name`, exit 1; `locked`, exit 4, while another pipe has it.
   */
  lease(name: string): Promise<ConsumerLease>;
  /**
   * Removes a consumer: events that it has not confirmed are no longer kept for it.
   * @throws ToolkitError `unknown_consumer`, exit 1; `locked`, exit 4, while a pipe reads as this consumer.
   */
  drop(name: string): Promise<void>;
}

/** Held by the one pipe that reads as a consumer. What its methods store is durable when they resolve. */
export interface ConsumerLease {
  /** Returns the stored consumer; undefined when it was never registered. */
  consumer(): Promise<Consumer | undefined>;
  /** Registers the consumer, or changes which streams it takes. It keeps what it has confirmed. */
  register(streams: Consumer['streams']): Promise<Consumer>;
  /** Replaces the confirmed bookmarks of these streams. The consumer must be registered, and no position may go back. */
  confirm(bookmarks: { readonly [stream: string]: Bookmark }): Promise<Consumer>;
  /** Lets another pipe read as this consumer. */
  release(): Promise<void>;
}

/** Returns whether the consumer takes the stream. */
export function takes(consumer: Pick<Consumer, 'streams'>, stream: string): boolean {
  return consumer.streams === 'all' || consumer.streams.includes(stream);
}

const NAME = /^[a-z0-9_-]{1,63}$/;

export function isConsumerName(name: string): boolean {
  return NAME.test(name);
}

/** Checks the form of a consumer's name. @throws ToolkitError `consumer_name`, exit 1. */
export function checkConsumerName(name: string): void {
  if (!isConsumerName(name)) throw consumerNameInvalid(name);
}
