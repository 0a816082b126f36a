import type { ErrorClasses } from '@tap-webhooks/singer/worker';
import { type Delivery, type FittedBody, InboxUnavailable, type IntegrationRules } from '../../inbox.js';

/** What a thread is started with. */
export interface ThreadSettings {
  readonly folder: string;
  /** A writer has a thread that reads beside it, and looks itself at whether the file is still the same. */
  readonly role: 'writer' | 'reader' | 'reader of a writer';
  readonly create: boolean;
  readonly rules: readonly IntegrationRules[];
}

/** Something that a person should know, for the log. */
export interface Notice {
  readonly level: 'warn' | 'error';
  readonly message: string;
  readonly fields: { readonly [name: string]: unknown };
}

/** Errors that keep their class between threads. */
export const ERRORS: ErrorClasses = { InboxUnavailable };

/**
 * Deliveries of one commit on their way to the thread. Their bodies travel as one block of memory that changes hands, the
 * rest as one text instead of many small objects to be cloned.
 */
export interface PackedDeliveries {
  readonly bodies: Uint8Array;
  /** JSON of `PackedDelivery[]`. */
  readonly deliveries: string;
  /** Of the one delivery, when it is large. */
  readonly fitted: FittedBody | undefined;
}

/** A delivery whose body is the next `bytes` bytes of the block. */
type PackedDelivery = Omit<Delivery, 'body' | 'fitted'> & { readonly bytes: number };

/** What the thread answers. */
export interface Recorded {
  /** JSON of `Outcome[]`. */
  readonly outcomes: string;
  /** Highest position that is durable. */
  readonly newest: number;
}

/** @param deliveries with a fitted body: that one alone. */
export function pack(deliveries: readonly Delivery[]): PackedDeliveries {
  const bodies = new Uint8Array(deliveries.reduce((sum, { body }) => sum + body.length, 0));
  let at = 0;
  const packed = deliveries.map(({ body, fitted: _, ...rest }): PackedDelivery => {
    bodies.set(body, at);
    at += body.length;
    return { ...rest, bytes: body.length };
  });
  return { bodies, deliveries: JSON.stringify(packed), fitted: deliveries[0]?.fitted };
}

/** Returns the memory that changes hands with the deliveries. */
export function memoryOf({ bodies, fitted }: PackedDeliveries): ArrayBuffer[] {
  return [bodies, fitted?.rows, fitted?.decoded]
    .flatMap((one) => one ?? [])
    .map(({ buffer }) => buffer as ArrayBuffer);
}

export function unpack({ bodies, deliveries, fitted }: PackedDeliveries): Delivery[] {
  let from = 0;
  return (JSON.parse(deliveries) as PackedDelivery[]).map(({ bytes, ...rest }) => {
    const body = bodies.subarray(from, from + bytes);
    from += bytes;
    return { ...rest, body, ...(fitted && { fitted }) };
  });
}
