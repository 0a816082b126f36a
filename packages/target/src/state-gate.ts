import type { StateMessage } from '@tap-webhooks/singer';
import { bookmarkOf, withBookmarks } from './bookmarks.js';

/** Stands for a batch whose rows are not durable yet. */
export interface Ticket {
  /** Rising: a batch that was begun later has a higher one. */
  readonly birth: number;
}

/** A STATE that waits: every batch born up to `mark` may hold rows that were read before it. */
interface Waiting {
  readonly mark: number;
  readonly text: string;
}

/**
 * Decides which STATE may be printed: one all of whose records, in every table, are durable. A batch is loaded as a whole, so
 * a STATE waits for the batches that were begun before it, and the STATEs come out in the order they came in. Those that wait
 * for the same batches are one: the newest.
 */
export class StateGate {
  readonly #print: (text: string) => void;
  readonly #live = new Set<Ticket>();
  /** Text of the last durable bookmark of each parked stream. */
  readonly #bookmarks = new Map<string, string | undefined>();
  /** Mark of the STATE it was taken from. */
  readonly #marks = new Map<string, number>();
  #waiting: Waiting[] = [];
  #released: Waiting | undefined;
  #born = 0;
  #isShut = false;

  /** @param print gets the raw text of a STATE's value. */
  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** How many STATEs wait; never more than there are batches. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A batch was begun. */
  begin(): Ticket {
    const ticket = { birth: ++this.#born };
    this.#live.add(ticket);
    return ticket;
  }

  /** Batches are durable, or given up. */
  end(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) this.#live.delete(ticket);
    this.#release();
  }

  /** A STATE was read: it is printed at once when nothing is open, else when what came before it is durable. */
  hold({ value, valueText }: StateMessage): void {
    if (this.#isShut || isEmptyState(value)) return;
    if (this.#waiting.at(-1)?.mark === this.#born) this.#waiting.pop();
    this.#waiting.push({ mark: this.#born, text: valueText });
    this.#release();
  }

  /**
   * Rows of a marked stream are lost in a batch of the given birth, which has not ended: from now on the bookmark of the
   * stream stays where it was in the newest STATE that does not cover that batch. A later call can only set it further back.
   */
  park(stream: string, birth: number): void {
    const durable = this.#waiting.findLast((state) => state.mark < birth) ?? this.#released;
    const mark = durable?.mark ?? -1;
    if (mark >= (this.#marks.get(stream) ?? Number.POSITIVE_INFINITY)) return;
    this.#marks.set(stream, mark);
    this.#bookmarks.set(stream, durable && bookmarkOf(durable.text, stream));
  }

  /** A table without identity failed: no STATE can be told from another any more, so none is printed from now on. */
  shut(): void {
    this.#isShut = true;
    this.#waiting = [];
  }

  #release(): void {
    this.#dropSuperseded();
    const oldest = this.#live.values().next().value?.birth ?? Number.POSITIVE_INFINITY;
    let newest: Waiting | undefined;
    while (this.#waiting[0] !== undefined && this.#waiting[0].mark < oldest) newest = this.#waiting.shift();
    if (newest === undefined) return;
    this.#released = newest;
    const text = this.#bookmarks.size === 0 ? newest.text : withBookmarks(newest.text, this.#bookmarks);
    if (text !== undefined) this.#print(text);
  }

  /** Drops each STATE that waits for the same batches as the next one, so that no more wait than there are batches. */
  #dropSuperseded(): void {
    if (this.#waiting.length < 2) return;
    const births = Array.from(this.#live, (ticket) => ticket.birth);
    this.#waiting = this.#waiting.filter(({ mark }, index) => {
      const next = this.#waiting[index + 1];
      return next === undefined || births.some((birth) => birth > mark && birth <= next.mark);
    });
  }
}

/** What a tap sends that has nothing to remember: printed, it would wipe out what an earlier run remembered. */
export function isEmptyState(value: unknown): boolean {
  let inner = value; // no recursion: nesting has no limit here
  while (inner && typeof inner === 'object') {
    const names = Object.keys(inner);
    if (names.length === 0) return true;
    if (names.length > 1 || names[0] !== 'bookmarks') return false;
    inner = (inner as { bookmarks: unknown }).bookmarks;
  }
  return !inner;
}
