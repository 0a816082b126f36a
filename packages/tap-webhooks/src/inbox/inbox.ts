import { EXIT, type JsonSchema, type LatestBy, ToolkitError } from '@tap-webhooks/singer';
import type { BodyRules } from '../bodies/body-rules.js';
import type { Redaction } from '../bodies/redaction.js';
import type { SavedNames } from '../columns/recurring-names.js';
import type { Consumers } from './consumer.js';

/**
 * The inbox makes webhooks durable before they are answered, and keeps them until they are emitted and confirmed.
 *
 * One process writes it, any number read it. A *position* (an integer from 1, dense, rising, never used twice, not even
 * after everything was trimmed) and the *incarnation* that the position belongs to (a random id) name a row for ever.
 * Every driver keeps this contract and passes `test/contracts/inbox.ts`: `sqlite/` is the default one,
 * `test/helpers/memory-driver.ts` the smallest.
 */

/** Where a provider puts a value: in a request header, or in the body at a path of object members. */
export type ValueLocation =
  | {
      /** Name of the header, in lower case. */
      readonly header: string;
      /** Other names of the same header, tried in this order when it is missing. */
      readonly alternatives?: readonly string[];
    }
  | { readonly body: readonly string[] };

/** Where a provider puts an id that makes a delivery known again. */
export type IdLocation =
  | ValueLocation
  /** The values of all these places together. */
  | { readonly all: readonly ValueLocation[] }
  /** A digest of the body: equal bodies are one delivery. */
  | { readonly digest: 'body' };

/** One place, or the first of several that has a value. */
export type FirstLocation = ValueLocation | { readonly any: readonly ValueLocation[] };

/** A column that the tap adds to rows of one integration because its config asks for it. */
export interface ChosenColumn {
  /** Such as `_sdc_event_id`. */
  readonly name: string;
  readonly from:
    | 'event_id'
    | 'event_type'
    | 'event_time'
    /** In lower case. */
    | { readonly header: string }
    | { readonly query: string };
}

/** What the writer must know about an integration to judge its deliveries. Plain data, since it crosses threads. */
export interface IntegrationRules {
  /** `^[a-z_][a-z0-9_]{0,62}$`; its stream is `<name>-data`. */
  readonly name: string;
  readonly stream: string;
  /** Top-level fields that form the key. When empty, each row gets a UUID in `__sdc_primary_key`. */
  readonly keyProperties: readonly string[];
  readonly latestBy?: LatestBy;
  /** How the events of a body are found. By its bytes and its Content-Type when absent. */
  readonly body?: BodyRules;
  /** What becomes of a body that cannot be read. Nothing of it is kept when absent. */
  readonly onMalformed?: 'quarantine';
  readonly deliveryId?: IdLocation;
  /** A delivery with a known id is a retry, whatever its content. When absent, its content must be the same too. */
  readonly idAloneDecides?: true;
  readonly eventType?: FirstLocation;
  readonly eventTime?: FirstLocation;
  readonly columns?: readonly ChosenColumn[];
  readonly redaction?: Redaction;
  /** Names of the headers (in lower case) and of the members of the query that a delivery must bring along. */
  readonly wantedHeaders?: readonly string[];
  readonly wantedQuery?: readonly string[];
  /** Event types to keep. All when absent. */
  readonly events?: readonly string[];
  /** Payload schema to begin with (provider's or user's). */
  readonly schema?: JsonSchema;
  /** Columns from which on an object whose names hardly recur gets no others. Default: no limit. */
  readonly maxMapKeys?: number;
  /** Bytes of kept events beyond which its deliveries are refused. Default: as the driver thinks fit. */
  readonly maxWaitingBytes?: number;
  /** The same for its quarantine. Default: no limit. */
  readonly maxQuarantineBytes?: number;
}

/** One authenticated request, exactly as it arrived. */
export interface Delivery {
  readonly integration: string;
  /** Epoch in ms, by the receiver's clock. */
  readonly receivedAt: number;
  /** Raw bytes of the body, without their compression. */
  readonly body: Uint8Array;
  /** The header Content-Type; absent when it says nothing but JSON in UTF-8. */
  readonly contentType?: string;
  /** Why the body cannot be read: it is damaged compressed data, and `body` is that data. */
  readonly damage?: string;
  /** The headers and members of the query that the rules want. */
  readonly headers?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: string };
  /**
   * The event comes from the quarantine, where it may have lost what must not be kept. Its id is known already, and that does not
   * make it a retry of the provider.
   */
  readonly isFromQuarantine?: true;
  /** From a header, when the provider puts it there. */
  readonly deliveryId?: string;
  readonly eventType?: string;
  /** Id of the URL token that it was sent to, for "last used". */
  readonly tokenId?: number;
  /** What `fitBody` made of a large body; absent: the writer does it. */
  readonly fitted?: FittedBody;
}

/** A large body that was decoded and fitted into its stream's columns in a thread of its own. */
export interface FittedBody {
  readonly kind: 'fitted';
  /** Version of the stored schema that it was fitted to; 0 when none was stored. */
  readonly version: number;
  /** JSON of a `FittedText`. */
  readonly text: string;
  /** Its rows in UTF-8, one after the other. */
  readonly rows: Uint8Array;
  /** The text that its events are parts of, in UTF-8; absent when that is the body's own. */
  readonly decoded?: Uint8Array;
}

/** What became of a delivery. It counts events: the elements of an array body, otherwise 1 in all. */
export type Verdict =
  | {
      readonly kind: 'taken';
      /** Became rows. */
      readonly stored: number;
      /** Recognised as retries of events that were recorded before. */
      readonly duplicate: number;
      /** Have an event type that is not selected. */
      readonly filtered: number;
      /** Valid JSON that cannot become rows. They are kept raw, with the reason. */
      readonly quarantined: number;
      /** Reason why events were quarantined → how many. Absent when none was. */
      readonly reasons?: { readonly [reason: string]: number };
    }
  /**
   * The body is not JSON (RFC 8259), or it is something else that cannot be read (`isOtherThanJson`), so nothing was kept.
   * `reason` never quotes it.
   */
  | { readonly kind: 'malformed'; readonly reason: string; readonly isOtherThanJson?: true }
  /** The body is an array of more than `most` events, so nothing was kept. */
  | { readonly kind: 'too_many_events'; readonly most: number };

/** The inbox cannot make anything durable now (failed sync, full disk). The answer is 503 with Retry-After. */
export class InboxUnavailable extends ToolkitError {
  override readonly name = 'InboxUnavailable';

  constructor(why: string) {
    super('inbox_unavailable', EXIT.inbox, why);
  }
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

/** URL tokens. They are kept in the inbox, so that a copy of it has both its events and its URLs. */
export interface TokenStore {
  /** Live tokens of all integrations. Called every 250 ms, so that revoking takes effect within a second. */
  liveTokens(): Promise<TokenRecord[]>;
  /** All tokens of one integration, oldest first, including revoked ones. */
  tokensOf(integration: string): Promise<TokenRecord[]>;
  /** At most two are live at a time: a third rejects with ToolkitError `too_many_urls`. */
  addToken(integration: string, sha256: string, now: number): Promise<TokenRecord>;
  /** Revokes a token. @returns false when the integration has no live token with that id. */
  revokeToken(integration: string, id: number, now: number): Promise<boolean>;
}

/**
 * A range of positions that share one random id. A new inbox has one. `renew` begins the next one at the next position, after
 * an older copy of the inbox was put back: the lost future may have given those positions to other events.
 */
export interface Incarnation {
  readonly id: string;
  /** Its first position. */
  readonly first: number;
  /** Its last position, below `first` when it never had one; null for the newest incarnation, which goes on. */
  readonly last: number | null;
}

/** Returns the id of the incarnation that a position belongs to. @param all oldest first. */
export function incarnationAt(all: readonly Incarnation[], position: number): string | undefined {
  return all.findLast(({ first }) => first <= position)?.id;
}

/** Returns the incarnation that positions are given from now on. @param all oldest first. */
export function newestIncarnation(all: readonly Incarnation[]): Incarnation {
  const newest = all.at(-1);
  if (!newest) throw new Error('an inbox has at least one incarnation');
  return newest;
}

/** One stored row, ready to be emitted. */
export interface Entry {
  readonly position: number;
  /** Id of the incarnation that the position belongs to. */
  readonly inbox: string;
  readonly stream: string;
  /** Epoch in ms of the receipt. */
  readonly receivedAt: number;
  /** `_sdc_sequence`, fixed at receipt. */
  readonly sequence: number;
  /** Version of the stream's schema that describes this row. It rises with the position within a stream. */
  readonly schemaVersion: number;
  /** Id of the delivery by its provider, and type of the event; null when the provider gives none. */
  readonly deliveryId: string | null;
  readonly eventType: string | null;
  /** Digest of all of this, hex, by `eventDigest`. It is also the `check` of a bookmark at this position. */
  readonly check: string;
  /** JSON text of the row as it was sent, without the system columns that the emitter adds. */
  readonly row: string;
}

export interface StreamSchema {
  readonly stream: string;
  readonly version: number;
  /**
   * Rises when the rules change: the key, `latest_by` or the schema. Within an epoch events only add and widen columns, so its
   * newest version takes the rows of all, once they are fitted again (`StreamShape.refit`).
   */
  readonly epoch: number;
  /** Payload columns only (JSON Schema of an object), with the split columns in it. */
  readonly schema: JsonSchema;
  readonly keyProperties: readonly string[];
  readonly latestBy?: LatestBy;
  /** Split column → column it was split from, dotted paths. */
  readonly splits: { readonly [column: string]: string };
  /** How names recur in objects of many columns: see `SavedShape`. */
  readonly names?: { readonly [path: string]: SavedNames };
}

export interface StreamStatus {
  readonly stream: string;
  /** Highest position ever given to the stream, also when it was trimmed; 0 when it never had a row. */
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

/** Requests that were refused for one reason. They left nothing else in the inbox. */
export interface Refusals {
  /** Null when the URL named none. */
  readonly integration: string | null;
  /** The word in the answers. */
  readonly reason: string;
  /** Start of the minute of the last one, epoch in ms. */
  readonly minute: number;
  readonly count: number;
}

export interface ReadRequest {
  /** Streams to read, each with the position after which to begin (0: at the oldest kept row). */
  readonly after: { readonly [stream: string]: number };
  /** Highest position to return, inclusive. */
  readonly through: number;
  /** Reading stops at this many entries, or once their rows have this many bytes. The first entry is always returned. */
  readonly limit: number;
  readonly limitBytes: number;
}

/** Reads in short transactions; never writes events. Safe beside a writer in another process. */
export interface InboxReader {
  readonly consumers: Consumers;
  /** Every incarnation, oldest first. */
  incarnations(): Promise<Incarnation[]>;
  /** Highest position ever given, of any stream; 0 in a new inbox. */
  newest(): Promise<number>;
  /** In position order over all requested streams. Events that the disk has damaged are left out. */
  read(request: ReadRequest): Promise<Entry[]>;
  /** Positions of the events that `read` has left out, since the disk has damaged them. */
  damaged(): Promise<number[]>;
  /** Resolves once the newest position is above `position`, well within a second, or when `signal` aborts. */
  waitBeyond(position: number, signal: AbortSignal): Promise<void>;
  schema(stream: string, version: number): Promise<StreamSchema>;
  /** The newest schema of the epoch that a version belongs to. */
  newestOfEpoch(stream: string, version: number): Promise<StreamSchema>;
  /** The newest schema of every stream that has one. */
  schemas(): Promise<StreamSchema[]>;
  /** Digest of the event at a position, also after it was trimmed; undefined when the inbox has none. */
  check(position: number): Promise<string | undefined>;
  streams(): Promise<StreamStatus[]>;
  /** Size on disk and rows in quarantine. */
  totals(): Promise<{ readonly bytes: number; readonly quarantined: number }>;
  /** Requests refused since a time (epoch in ms): one entry per integration and reason, in their order. */
  refusals(since: number): Promise<Refusals[]>;
  close(): Promise<void>;
}

/** What may be deleted. */
export interface TrimRequest {
  /** Stream → highest position that all its consumers confirmed. Streams that are not named are kept whole. */
  readonly confirmed: { readonly [stream: string]: number };
  /** No consumer can come back to a position below this one, so checks below it are not needed. */
  readonly checksFrom: number;
  /** Only rows received before this (epoch in ms) are deleted. */
  readonly receivedBefore: number;
  /** Delivery ids seen before this (epoch in ms) may be forgotten. */
  readonly deliveriesBefore: number;
}

/** The one writer: it holds the writer's lock, which goes with its process, until it is closed. */
export interface InboxWriter extends InboxReader, TokenStore {
  /**
   * Judges the delivery and stores what it became, in one transaction; resolves once that is synced to disk. Deliveries
   * that arrive together share one sync. Positions follow the order of the calls, but a large body may come after deliveries
   * that arrived after it.
   * @throws InboxUnavailable when nothing could be made durable, and then until the driver trusts its store again.
   */
  append(delivery: Delivery): Promise<Verdict>;
  /** Replaces the rules: a schema or key that differs from the stored one begins the stream's next epoch. */
  setRules(rules: readonly IntegrationRules[]): Promise<void>;
  /** Adds to the numbers of refused requests. Each entry is of one minute. @throws InboxUnavailable as `append` does. */
  addRefusals(refusals: readonly Refusals[]): Promise<void>;
  /** The latest time that may be used to delete things, epoch in ms: see `ConfirmedClock`. */
  confirmedTime(): Promise<number>;
  /** Begins a new incarnation at the next position. Events that are there keep theirs. @param now epoch in ms. */
  renew(now: number): Promise<Incarnation>;
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

/** What became of one delivery among several. One can be refused while the others are recorded. */
export type Outcome =
  | Verdict
  | { readonly kind: 'refused'; readonly reason: string }
  /** The schema has changed since the body was fitted, so nothing was recorded: fit it again. */
  | { readonly kind: 'stale' };

/** Returns the verdict. @throws InboxUnavailable when the delivery was refused. */
export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind === 'refused') throw new InboxUnavailable(outcome.reason);
  if (outcome.kind === 'stale') throw new Error('the body must be fitted again');
  return outcome;
}
