import type { Entry, ReadRequest, StreamSchema, StreamStatus, TokenRecord, TrimRequest } from './inbox.js';

/**
 * What a driver stores, seen from inside its transaction: synchronous, and without judgement. `recorder.ts` decides what
 * becomes of a delivery and calls this; both drivers implement it.
 */
export interface Store {
  /**
   * Runs the work as one transaction: durable when this returns. When it throws, nothing of the work was kept, or nobody can
   * be sure that it was; the caller then reads everything anew.
   * @throws StoreFailure when the driver failed, else what the work threw.
   */
  transaction<T>(work: () => T): T;
  /**
   * A part of a transaction: when it throws, nothing of this part was kept, and the transaction can go on; the caller reads
   * everything anew.
   * @throws StoreFailure when the driver failed, else what the work threw.
   */
  part<T>(work: () => T): T;
  /** Highest position ever given; 0 in a new inbox. */
  newest(): number;
  /** Adds a row at the next position. */
  addEvent(event: Entry): void;
  addCounts(stream: string, counts: Counts): void;
  hasDelivery(retryKey: string): boolean;
  addDelivery(retryKey: string, receivedAt: number): void;
  addQuarantined(event: Quarantined): void;
  newestSchema(stream: string): StreamSchema | undefined;
  /** Becomes the stream's newest. */
  putSchema(schema: StreamSchema): void;
  sequence(): SavedSequence;
  /** Sets the mark, forgets keys below it, and adds those given. */
  putSequence(change: SavedSequence): void;
  touchToken(id: number, usedAt: number): void;
  /** One small piece. @returns true when there is more to do. @throws StoreFailure */
  trim(request: TrimRequest): boolean;
}

/** The driver could not do what it was asked for: nothing of the transaction may be trusted, nor its handle. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** What one transaction adds to a stream's counters. */
export interface Counts {
  stored: number;
  duplicate: number;
  filtered: number;
  quarantined: number;
}

/** What cannot become a row: raw bytes and the reason. */
export interface Quarantined {
  readonly stream: string;
  readonly receivedAt: number;
  /** The clock's `_sdc_sequence` at receipt: its row will have it when the event is run again. */
  readonly sequence: number;
  readonly deliveryId: string | null;
  /** A sentence; it never quotes the bytes. */
  readonly reason: string;
  readonly body: Uint8Array;
}

/** See `sequence.ts`. */
export interface SavedSequence {
  /** Epoch in ms. */
  readonly mark: number;
  /** Digest of stream and key → last number given. */
  readonly keys: ReadonlyMap<string, number>;
}

/** The reading half of a driver, synchronous; each call is one short transaction. */
export interface Queries {
  readonly incarnation: string;
  newest(): number;
  read(request: ReadRequest): Entry[];
  schema(stream: string, version: number): StreamSchema | undefined;
  schemas(): StreamSchema[];
  check(position: number): string | undefined;
  streams(): StreamStatus[];
  totals(): { bytes: number; quarantined: number };
}

/** URL tokens, synchronous. */
export interface Tokens {
  liveTokens(): TokenRecord[];
  tokensOf(integration: string): TokenRecord[];
  addToken(integration: string, sha256: string, now: number): TokenRecord;
  revokeToken(integration: string, id: number, now: number): boolean;
}
