import type { JsonSchema, LatestBy } from '@tap-webhooks/singer';
import type { ValueLocation } from '../providers/provider.js';
import type { Consumers } from './consumer.js';

/**
 * The inbox: where a webhook is durable before it is answered, and from where it is emitted.
 *
 * One process writes it (the receiver), any number read it. A *position* (integer from 1, dense, rising, never used
 * twice, not even after a full trim) and the inbox's *incarnation* (a random id made with the file) name a row for ever.
 * Every driver keeps this contract and passes `test/contracts/inbox.ts`: `sqlite/` is the default one,
 * `test/helpers/memory-driver.ts` the smallest.
 */

/** What the writer must know of an integration to judge its deliveries. Plain data: it crosses a thread. */
export interface IntegrationRules {
  /** `^[a-z_][a-z0-9_]{0,62}$`; its stream is `<name>-data`. */
  readonly name: string;
  readonly stream: string;
  /** Top-level fields; empty: a UUID in `__sdc_primary_key`. */
  readonly keyProperties: readonly string[];
  readonly latestBy?: LatestBy;
  readonly deliveryId?: ValueLocation;
  readonly eventType?: ValueLocation;
  /** Event types to keep; absent: all. */
  readonly events?: readonly string[];
  /** Payload schema to begin with (provider's or user's). */
  readonly schema?: JsonSchema;
}

/** One authenticated request, as it came. */
export interface Delivery {
  readonly integration: string;
  /** Epoch in ms, by the receiver's clock. */
  readonly receivedAt: number;
  /** Raw bytes of the body. */
  readonly body: Uint8Array;
  /** From a header, when the provider puts it there. */
  readonly deliveryId?: string;
  readonly eventType?: string;
  /** Id of the URL token it came by, for "last used". */
  readonly tokenId?: number;
}

/** What became of a delivery. Counts are rows (elements of an array body, else 1 in all). */
export type Verdict =
  | {
      readonly kind: 'taken';
      /** Became rows. */
      readonly stored: number;
      /** Recognised as a retry: a row before. */
      readonly duplicate: number;
      /** Event type not selected. */
      readonly filtered: number;
      /** Valid JSON that cannot become a row: kept raw, with the reason. */
      readonly quarantined: number;
    }
  /** Not JSON (RFC 8259), so nothing was kept. `reason` never quotes the body. */
  | { readonly kind: 'malformed'; readonly reason: string };

/** The inbox cannot make anything durable now (failed sync, full disk). Answer 503 with Retry-After. */
export class InboxUnavailable extends Error {
  override readonly name = 'InboxUnavailable';
}

export interface TokenRecord {
  readonly id: number;
  readonly integration: string;
  /** SHA-256 of the token, hex. The token itself is stored nowhere. */
  readonly sha256: string;
  /** Epoch in ms. */
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** URL tokens. Kept in the inbox so that a URL and its events share one fate. */
export interface TokenStore {
  /** Live tokens of all integrations. Cheap enough to be asked every 250 ms (revoking acts within a second). */
  liveTokens(): Promise<TokenRecord[]>;
  /** All of one integration, oldest first, revoked ones too. */
  tokensOf(integration: string): Promise<TokenRecord[]>;
  /** At most two live at a time: a third rejects with ToolkitError `too_many_urls`. */
  addToken(integration: string, sha256: string, now: number): Promise<TokenRecord>;
  /** Revokes one by id; false when there is no such live token of that integration. */
  revokeToken(integration: string, id: number, now: number): Promise<boolean>;
}

/** One stored row, ready to be emitted. */
export interface Entry {
  readonly position: number;
  readonly stream: string;
  /** Epoch in ms of the receipt. */
  readonly receivedAt: number;
  /** `_sdc_sequence`, fixed at receipt. */
  readonly sequence: number;
  /** The stream's schema that holds this row; rising with the position within a stream. */
  readonly schemaVersion: number;
  /** Digest of the event, hex: what a bookmark at this position carries as `check`. */
  readonly check: string;
  /** Raw JSON text of the row without the system columns that the emitter adds. */
  readonly row: string;
}

export interface StreamSchema {
  readonly stream: string;
  readonly version: number;
  /** Payload columns only (JSON Schema of an object), with the split columns in it. */
  readonly schema: JsonSchema;
  readonly keyProperties: readonly string[];
  readonly latestBy?: LatestBy;
  /** Split column → column it was split from, dotted paths. */
  readonly splits: { readonly [column: string]: string };
}

export interface StreamStatus {
  readonly stream: string;
  /** Highest position ever given to the stream; 0 when it never had a row. Survives trimming. */
  readonly newest: number;
  /** Lowest position still kept, or null when none is. */
  readonly oldest: number | null;
  /** Epoch in ms of the oldest kept row, or null. */
  readonly oldestReceivedAt: number | null;
  /** Highest position of the stream that was trimmed; 0 when none was. */
  readonly trimmedThrough: number;
  /** Rows kept. */
  readonly kept: number;
  readonly counters: {
    readonly stored: number;
    readonly duplicate: number;
    readonly filtered: number;
    readonly quarantined: number;
  };
}

export interface ReadRequest {
  /** Streams to read, each with the position after which to begin (0: from the oldest kept). */
  readonly after: { readonly [stream: string]: number };
  /** Highest position to return, inclusive. */
  readonly through: number;
  /** At most so many entries, and no more once their rows pass so many bytes; at least one if there is any. */
  readonly limit: number;
  readonly limitBytes: number;
}

/** Reads in short transactions; never writes events. Safe beside a writer in another process. */
export interface InboxReader {
  readonly incarnation: string;
  readonly consumers: Consumers;
  /** Highest position ever given, of any stream; 0 in a new inbox. */
  newest(): Promise<number>;
  /** In position order over all requested streams. */
  read(request: ReadRequest): Promise<Entry[]>;
  /** Resolves once the newest position is above `position`, or when `signal` aborts. Latency well under a second. */
  waitBeyond(position: number, signal: AbortSignal): Promise<void>;
  schema(stream: string, version: number): Promise<StreamSchema>;
  /** The newest schema of every stream that has one. */
  schemas(): Promise<StreamSchema[]>;
  /** Digest of the event at a position, kept after it was trimmed; undefined when it is not known (any more). */
  check(position: number): Promise<string | undefined>;
  streams(): Promise<StreamStatus[]>;
  /** Size on disk and rows in quarantine. */
  totals(): Promise<{ readonly bytes: number; readonly quarantined: number }>;
  close(): Promise<void>;
}

/** How far every consumer that takes a stream has confirmed it, and the check at that position. */
export interface TrimRequest {
  /** Stream → highest position that all its consumers confirmed. A stream not named here is kept whole. */
  readonly confirmed: { readonly [stream: string]: number };
  /** Checks below this position will not be asked for again (no consumer can come back behind it). */
  readonly checksFrom: number;
  /** Rows received before this (epoch in ms) may go. */
  readonly receivedBefore: number;
  /** Delivery ids seen before this (epoch in ms) may be forgotten. */
  readonly deliveriesBefore: number;
}

/** The one writer: it holds the writer's lock, which goes with its process, until it is closed. */
export interface InboxWriter extends InboxReader, TokenStore {
  /**
   * Judges the delivery and makes what it became durable, in one transaction; resolves after the sync. Deliveries that
   * arrive together share one sync. Positions follow the order of the calls.
   * @throws InboxUnavailable when nothing could be made durable; later calls are refused until a fresh handle has
   * completed a checkpoint.
   */
  append(delivery: Delivery): Promise<Verdict>;
  /** Replaces the rules: a schema or key that differs from the stored one becomes the stream's next version. */
  setRules(rules: readonly IntegrationRules[]): Promise<void>;
  /**
   * Does one small piece of trimming (rows, old delivery ids, old checks) and gives space back to the disk.
   * @returns true when there is more to do.
   */
  trim(request: TrimRequest): Promise<boolean>;
}

/** What commands look at and change beside a running receiver, in short transactions. */
export interface InboxAdmin extends TokenStore {
  readonly consumers: Consumers;
  close(): Promise<void>;
}

/** What became of one delivery of several: `refused` alone, while the others were recorded. */
export type Outcome = Verdict | { readonly kind: 'refused'; readonly reason: string };

/** @throws Error when it was refused. */
export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome;
}
