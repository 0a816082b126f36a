import type { Bookmark } from '@tap-webhooks/singer';
import type { Bookmarks } from '../consumers/bookmark.js';
import type { Entry } from '../inbox/inbox.js';

export interface StateIntervalSettings {
  /** Print a STATE after this many seconds with new records, */
  readonly stateIntervalSeconds: number;
  /** or after this many records, whichever comes first. */
  readonly stateIntervalRecords: number;
}

/** Counts the records and the time since the last STATE. */
export class StateInterval {
  readonly #settings: StateIntervalSettings;
  #records = 0;
  /** By the monotonic clock, in ms. In the past at first, so that the first record gets its STATE at once. */
  #begun = Number.NEGATIVE_INFINITY;

  constructor(settings: StateIntervalSettings) {
    this.#settings = settings;
  }

  /** True when something was emitted that no STATE covers. */
  get pending(): boolean {
    return this.#records > 0;
  }

  get isFull(): boolean {
    return this.#records >= this.#settings.stateIntervalRecords;
  }

  /** Time until the next STATE is due, in ms; infinite while there is nothing to cover. */
  get remaining(): number {
    if (!this.pending) return Number.POSITIVE_INFINITY;
    return this.#begun + this.#settings.stateIntervalSeconds * 1000 - performance.now();
  }

  count(): void {
    this.#records += 1;
  }

  begin(): void {
    this.#records = 0;
    this.#begun = performance.now();
  }
}

/**
 * Tracks how far each emitted stream has come. Entries are emitted in position order over all streams, so each entry advances
 * every stream to its position, idle streams too.
 */
export class Progress {
  /** Bookmarks of streams that are not emitted stay as they were given. */
  readonly #bookmarks: Map<string, Bookmark>;
  /** Stream → up to where its bookmark says that it was emitted, as far as that counts. */
  readonly #reached: Map<string, number>;
  readonly #after: { [stream: string]: number } = {};
  #last: Entry | undefined;
  /** The entry that the bookmarks were last advanced to. */
  #advancedTo: Entry | undefined;
  /** Streams whose bookmark names no event of this inbox. */
  readonly #starts: ReadonlyMap<string, number>;
  #highest: Bookmark | undefined;

  /** @param starts streams that begin after another position than their bookmark's. */
  constructor(bookmarks: Bookmarks, starts: ReadonlyMap<string, number> = new Map()) {
    this.#bookmarks = new Map(bookmarks);
    this.#reached = new Map([...bookmarks].map(([stream, { position }]) => [stream, position]));
    this.#starts = starts;
    for (const [stream, after] of starts) this.#reached.set(stream, after);
  }

  get position(): number {
    return this.#last?.position ?? 0;
  }

  /** The event with the highest position that emission goes on after; undefined while there is none. */
  get highest(): Bookmark | undefined {
    this.#advance();
    return this.#highest;
  }

  /** Per stream, the position after which to read on. */
  get after(): { readonly [stream: string]: number } {
    this.#advance();
    return this.#after;
  }

  /** Emits the stream from now on: from its bookmark, else from its oldest kept event. */
  add(stream: string): void {
    this.#advance();
    if (!Object.hasOwn(this.#after, stream)) this.#after[stream] = this.#reached.get(stream) ?? 0;
    const bookmark = this.#bookmarks.get(stream);
    if (bookmark && !this.#starts.has(stream)) this.#raise(bookmark);
  }

  /** Notes that an entry was emitted. Bookmarks are advanced only when they are asked for. */
  noteEmitted(entry: Entry): void {
    this.#last = entry;
  }

  /** Notes that no stream has another entry up to a position. Bookmarks name events, so they do not advance. */
  noteRead(position: number): void {
    this.#advance();
    for (const stream of Object.keys(this.#after))
      this.#after[stream] = Math.max(this.#after[stream] ?? 0, position);
  }

  bookmarks(): Bookmarks {
    this.#advance();
    return this.#bookmarks;
  }

  #advance(): void {
    const last = this.#last;
    if (!last || last === this.#advancedTo) return;
    this.#advancedTo = last;
    const bookmark = { position: last.position, inbox: last.inbox, check: last.check };
    this.#raise(bookmark);
    for (const [stream, after] of Object.entries(this.#after)) {
      if (after < last.position) this.#after[stream] = last.position;
      if ((this.#reached.get(stream) ?? 0) >= last.position) continue;
      this.#reached.set(stream, last.position);
      this.#bookmarks.set(stream, bookmark);
    }
  }

  #raise(bookmark: Bookmark): void {
    if (bookmark.position > (this.#highest?.position ?? 0)) this.#highest = bookmark;
  }
}
