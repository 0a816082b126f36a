import type { Bookmark } from '@tap-webhooks/singer';
import { consumerNameInvalid } from '../errors.js';

/**
 * A named reader of the inbox. It is written by its own pipe alone, which holds the lease, and read by whoever trims: an
 * event is deleted only when every consumer that takes its stream has confirmed past it.
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

/** The consumers of an inbox. Any process may use them, beside a writer in another one; no lease ever waits. */
export interface Consumers {
  /**
   * All that are registered, by name. Rejects when one of them cannot be read: what it has confirmed is not known then, so
   * nothing may be trimmed.
   */
  list(): Promise<Consumer[]>;
  /**
   * The right to read as this consumer; one pipe at a time has it. It ends with its process, also by `kill -9`.
   * @throws ToolkitError `consumer_name`, exit 1; `locked`, exit 4, while another pipe has it.
   */
  lease(name: string): Promise<ConsumerLease>;
  /**
   * Ends a consumer: what it has not confirmed no longer keeps anything.
   * @throws ToolkitError `unknown_consumer`, exit 1; `locked`, exit 4, while a pipe reads as this consumer.
   */
  drop(name: string): Promise<void>;
}

/** Held by the one pipe that reads as a consumer. What its methods store is durable when they resolve. */
export interface ConsumerLease {
  /** What is stored of the consumer; undefined when it was never registered. */
  consumer(): Promise<Consumer | undefined>;
  /** Registers the consumer, or changes which streams it takes; what it has confirmed stays. */
  register(streams: Consumer['streams']): Promise<Consumer>;
  /** Replaces what is confirmed of these streams. The consumer is registered. The caller sees to it that nothing falls. */
  confirm(bookmarks: { readonly [stream: string]: Bookmark }): Promise<Consumer>;
  /** Lets another pipe read as this consumer. */
  release(): Promise<void>;
}

/** Does the consumer take the stream? */
export function takes(consumer: Pick<Consumer, 'streams'>, stream: string): boolean {
  return consumer.streams === 'all' || consumer.streams.includes(stream);
}

const NAME = /^[a-z0-9_-]{1,63}$/;

export function isConsumerName(name: string): boolean {
  return NAME.test(name);
}

/** @throws ToolkitError `consumer_name`, exit 1. */
export function checkConsumerName(name: string): void {
  if (!isConsumerName(name)) throw consumerNameInvalid(name);
}
