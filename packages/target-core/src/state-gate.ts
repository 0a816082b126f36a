import type { StateMessage } from '@tap-webhooks/singer';
import { bookmarkOf, withBookmarks } from './bookmarks.js';

/** Stands for a batch whose rows are not durable yet. */
export interface Ticket {
  /** Rising: a batch that was begun later has a higher one. */
  readonly birth: number;
}

/** A STATE that was read, in a list with those before and after it that are not forgotten yet. */
interface Held {
  /** Every batch born up to it may hold rows that were read before the STATE. */
  readonly mark: number;
  readonly text: string;
  /** How many batches are open that were begun after this STATE and before the next one. */
  open: number;
  before: Held | undefined;
  after: Held | undefined;
}

/**
 * Decides which STATE may be printed: one all of whose records, in every table, are durable. A batch is loaded as a whole, so
 * a STATE waits for the batches that were begun before it, and the STATEs come out in the order they came in. Those that wait
 * for the same batches are one: the newest. What comes in costs the same, however many batches are open and STATEs wait.
 */
export class StateGate {
  readonly #print: (text: string) => void;
  /** The STATE after which each open batch was begun. */
  readonly #live = new Map<Ticket, Held>();
  /** Text of the last durable bookmark of each parked stream. */
  readonly #bookmarks = new Map<string, string | undefined>();
  /** Mark of the STATE it was taken from. */
  readonly #marks = new Map<string, number>();
  /** The STATE that was released last; all after it wait. One without text stands for the beginning. */
  #released: Held = { mark: -1, text: '', open: 0, before: undefined, after: undefined };
  #newest = this.#released;
  #waiting = 0;
  #born = 0;
  #isShut = false;

  /** @param print gets the raw text of a STATE's value. */
  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** How many STATEs wait; never more than there are batches. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A batch was begun. */
  begin(): Ticket {
    const ticket = { birth: ++this.#born };
    this.#live.set(ticket, this.#newest);
    this.#newest.open += 1;
    return ticket;
  }

  /** Batches are durable, or given up. */
  end(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) {
      const held = this.#live.get(ticket);
      if (!held) continue;
      this.#live.delete(ticket);
      held.open -= 1;
      if (held.after) this.#dropIfSuperseded(held);
    }
    this.#release();
  }

  /** A STATE was read: it is printed at once when nothing is open, else when what came before it is durable. */
  hold({ value, valueText }: StateMessage): void {
    if (this.#isShut || isEmptyState(value)) return;
    this.#dropIfSuperseded(this.#newest);
    const before = this.#newest;
    this.#newest = { mark: this.#born, text: valueText, open: 0, before, after: undefined };
    before.after = this.#newest;
    this.#waiting += 1;
    this.#release();
  }

  /**
   * Rows of a marked stream are lost in a batch of the given birth, which has not ended: from now on the bookmark of the
   * stream stays where it was in the newest STATE that does not cover that batch. A later call can only set it further back.
   */
  park(stream: string, birth: number): void {
    let durable = this.#released;
    while (durable.after && durable.after.mark < birth) durable = durable.after;
    if (durable.mark >= (this.#marks.get(stream) ?? Number.POSITIVE_INFINITY)) return;
    this.#marks.set(stream, durable.mark);
    this.#bookmarks.set(stream, durable.mark < 0 ? undefined : bookmarkOf(durable.text, stream));
  }

  /** A table without identity failed: no STATE can be told from another any more, so none is printed from now on. */
  shut(): void {
    this.#isShut = true;
    this.#live.clear();
    this.#newest = this.#released;
    this.#released.after = undefined;
    this.#waiting = 0;
  }

  #release(): void {
    const last = this.#released;
    while (this.#released.open === 0 && this.#released.after) {
      this.#released = this.#released.after;
      this.#released.before = undefined;
      this.#waiting -= 1;
    }
    if (this.#released === last) return;
    const { text } = this.#released;
    const printed = this.#bookmarks.size === 0 ? text : withBookmarks(text, this.#bookmarks);
    if (printed !== undefined) this.#print(printed);
  }

  /** Drops a STATE that waits for the same batches as the next one, so that no more wait than there are batches. */
  #dropIfSuperseded(held: Held): void {
    const { before, after } = held;
    if (held.open > 0 || !before) return; // without one before it, it does not wait
    before.after = after;
    if (after) after.before = before;
    else this.#newest = before;
    this.#waiting -= 1;
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
