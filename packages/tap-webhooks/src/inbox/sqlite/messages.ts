import { ToolkitError } from '@tap-webhooks/singer';
import { type Delivery, InboxUnavailable, type IntegrationRules } from '../inbox.js';

/** What the two sides of a thread say to each other. */

export type Role = 'writer' | 'reader';

export interface ThreadSettings {
  readonly folder: string;
  readonly role: Role;
  /** Made when it is not there? A thread that was started again must find the inbox that there was. */
  readonly create: boolean;
  readonly rules: readonly IntegrationRules[];
}

/** A call of a method by name; its answer carries the same id. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure };

/**
 * Deliveries of one commit. Their bodies travel as one block of memory that changes hands, the rest as one text instead of
 * many small objects to be cloned.
 */
export interface Batch {
  readonly bodies: Uint8Array;
  /** JSON of `PackedDelivery[]`. */
  readonly deliveries: string;
}

/** A delivery whose body is the next `bytes` bytes of the block. */
type PackedDelivery = Omit<Delivery, 'body'> & { readonly bytes: number };

export interface Recorded {
  /** JSON of `Outcome[]`. */
  readonly outcomes: string;
  readonly newest: number;
}

export function packBatch(deliveries: readonly Delivery[]): Batch {
  const bodies = new Uint8Array(deliveries.reduce((sum, { body }) => sum + body.length, 0));
  let at = 0;
  const packed = deliveries.map(({ body, ...rest }): PackedDelivery => {
    bodies.set(body, at);
    at += body.length;
    return { ...rest, bytes: body.length };
  });
  return { bodies, deliveries: JSON.stringify(packed) };
}

export function unpackBatch({ bodies, deliveries }: Batch): Delivery[] {
  let from = 0;
  return (JSON.parse(deliveries) as PackedDelivery[]).map(({ bytes, ...rest }) => {
    const body = bodies.subarray(from, from + bytes);
    from += bytes;
    return { ...rest, body };
  });
}

/** An error on its way between threads, where classes are lost. */
export interface Failure {
  readonly kind: 'toolkit' | 'unavailable' | 'defect';
  readonly message: string;
  readonly code?: string;
  readonly exitCode?: number;
}

export function packFailure(cause: unknown): Failure {
  if (cause instanceof ToolkitError) {
    return { kind: 'toolkit', message: cause.message, code: cause.code, exitCode: cause.exitCode };
  }
  const message = cause instanceof Error ? cause.message : 'unknown';
  return { kind: cause instanceof InboxUnavailable ? 'unavailable' : 'defect', message };
}

export function unpackFailure({ kind, message, code = '', exitCode = 1 }: Failure): Error {
  if (kind === 'toolkit') return new ToolkitError(code, exitCode, message);
  return kind === 'unavailable' ? new InboxUnavailable(message) : new Error(message);
}
