import { ToolkitError } from '@tap-webhooks/singer';
import { InboxUnavailable, type IntegrationRules, type Verdict } from '../inbox.js';

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

/** Deliveries of one commit. Their bodies travel as one block of memory that changes hands. */
export interface Batch {
  readonly bodies: Uint8Array;
  readonly deliveries: readonly PackedDelivery[];
}

/** A delivery whose body is the next `bytes` bytes of the block. */
export interface PackedDelivery {
  readonly integration: string;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly deliveryId: string | undefined;
  readonly eventType: string | undefined;
  readonly tokenId: number | undefined;
}

export interface Recorded {
  readonly verdicts: readonly Verdict[];
  readonly newest: number;
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
