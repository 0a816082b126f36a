import type { RetryKey } from './event-keys.js';
import type { Entry, Outcome, StreamSchema } from './inbox.js';

/** What the store holds, read before `judge` is called. `Needs` says which of it is needed; more does no harm. */
export interface Known {
  /** Highest position ever given; 0 in a new inbox. */
  readonly newest: number;
  /** Id of the incarnation that the next position belongs to. */
  readonly incarnation: string;
  /** Names of the retry keys that the store holds. */
  readonly retryKeys: ReadonlySet<string>;
  /** The newest schema of each stream that has one. */
  readonly schemas: ReadonlyMap<string, StreamSchema>;
  readonly sequence: SavedSequence;
  /** The latest confirmed time, epoch in ms: see `ConfirmedClock`. */
  readonly confirmedTime: number;
}

/** What `judge` returns: everything that has to be written, in one transaction. */
export interface Written {
  /** In position order. */
  readonly rows: readonly Entry[];
  /** Keys of retries to remember, by their names. */
  readonly retryKeys: ReadonlyMap<string, SeenDelivery>;
  readonly quarantined: readonly Quarantined[];
  /** The next version of the schema of each stream that grew. */
  readonly schemas: readonly StreamSchema[];
  /** What is added to the counters of each stream that something came for. */
  readonly counts: ReadonlyMap<string, Counts>;
  readonly sequence: SavedSequence;
  /** Id of each URL token that was used → time of receipt, epoch in ms. */
  readonly tokens: ReadonlyMap<number, number>;
  /** One per delivery, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** A delivery id that has been seen. */
export interface SeenDelivery extends RetryKey {
  /** Epoch in ms. */
  readonly receivedAt: number;
}

/** What is stored of `_sdc_sequence`; see `Sequence`. */
export interface SavedSequence {
  /** Highest confirmed time of receipt there ever was, epoch in ms. */
  readonly mark: number;
  /** Version key → last number given. Numbers below the mark are not needed any more. */
  readonly keys: ReadonlyMap<string, number>;
}

/** An event that cannot become a row. */
export interface Quarantined {
  readonly stream: string;
  readonly receivedAt: number;
  /** The clock's `_sdc_sequence` at receipt. It places the event among the stream's rows for people; no code reads it. */
  readonly sequence: number;
  readonly deliveryId: string | null;
  readonly eventType: string | null;
  /** Place in an array body; 0 for a body that is no array. */
  readonly index: number;
  /** A sentence; it never quotes the bytes. */
  readonly reason: string;
  /** As it was sent, or, without what must not be kept, as JSON. */
  readonly body: Uint8Array;
  /** JSON of what judging it again needs of the request: Content-Type, and the headers and query that its integration asks for. */
  readonly request?: string;
}

export interface Counts {
  stored: number;
  duplicate: number;
  filtered: number;
  quarantined: number;
}
