import type { Bookmarks } from '../consumers/bookmark.js';
import type { Bookmark } from '../inbox/consumer.js';
import type { Entry } from '../inbox/inbox.js';

export interface StateIntervalSettings {
  /** A STATE goes out after so many seconds with new records, */
  readonly stateIntervalSeconds: number;
  /** or after so many records, whichever is first. */
  readonly stateIntervalRecords: number;
}

/** Since the last STATE: how many records, how much time. */
export class StateInterval {
  readonly #settings: StateIntervalSettings;
  #records = 0;
  /** By the monotonic clock, ms. In the past at first: the first record has its STATE at once. */
  #begun = Number.NEGATIVE_INFINITY;

  constructor(settings: StateIntervalSettings) {
    this.#settings = settings;
  }

  /** Has anything been emitted that no STATE covers? */
  get pending(): boolean {
    return this.#records > 0;
  }

  get isFull(): boolean {
    return this.#records >= this.#settings.stateIntervalRecords;
  }

  /** Until the next STATE is due, in ms; infinite while there is nothing that it would cover. */
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
 * How far each emitted stream has come. Entries are emitted in position order over all streams, so once one is out, every
 * stream stands at its position at least, quiet ones too.
 */
export class Progress {
  readonly #inbox: string;
  /** As given; of streams that are not emitted they stay as they are. */
  readonly #bookmarks: Map<string, Bookmark>;
  readonly #after: { [stream: string]: number } = {};
  #last: Entry | undefined;
  /** The entry up to which the bookmarks have been brought. */
  #brought: Entry | undefined;

  constructor(inbox: string, bookmarks: Bookmarks) {
    this.#inbox = inbox;
    this.#bookmarks = new Map(bookmarks);
  }

  get position(): number {
    return this.#last?.position ?? 0;
  }

  /** Per stream the position after which to read on. */
  get after(): { readonly [stream: string]: number } {
    this.#bring();
    return this.#after;
  }

  /** From now on the stream is emitted: from its bookmark, else from its oldest kept event. */
  add(stream: string): void {
    this.#bring();
    if (!Object.hasOwn(this.#after, stream)) this.#after[stream] = this.#bookmarks.get(stream)?.position ?? 0;
  }

  emitted(entry: Entry): void {
    this.#last = entry;
  }

  /** Nothing more is to come of any stream up to here; no event stands for it, so bookmarks stay where they are. */
  passed(position: number): void {
    this.#bring();
    for (const stream of Object.keys(this.#after))
      this.#after[stream] = Math.max(this.#after[stream] ?? 0, position);
  }

  bookmarks(): Bookmarks {
    this.#bring();
    return this.#bookmarks;
  }

  #bring(): void {
    const last = this.#last;
    if (!last || last === this.#brought) return;
    this.#brought = last;
    const bookmark = { position: last.position, inbox: this.#inbox, check: last.check };
    for (const [stream, after] of Object.entries(this.#after)) {
      if (after < last.position) this.#after[stream] = last.position;
      if ((this.#bookmarks.get(stream)?.position ?? 0) < last.position) this.#bookmarks.set(stream, bookmark);
    }
  }
}
