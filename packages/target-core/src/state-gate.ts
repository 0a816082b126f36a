import { type JsonObject, STATE_BOOKMARKS, type StateMessage } from '@tap-webhooks/singer';
import { bookmarkOf, withBookmarks } from './bookmarks.js';

/** Represents a batch whose rows are not durable yet. */
export interface Ticket {
  /** A batch that was begun later has a higher number. */
  readonly number: number;
}

/** A STATE that was read, linked to the ones before and after it that still matter. */
interface Held {
  /** Batches up to this number may hold rows that were read before the STATE. */
  readonly mark: number;
  readonly text: string;
  /** How many batches are open that were begun after this STATE and before the next one. */
  open: number;
  before: Held | undefined;
  after: Held | undefined;
}

/**
 * Decides which STATE may be printed: one whose records are all durable, in every table. A batch is loaded as a whole, so a
 * STATE waits for the batches that were begun before it, and STATEs are printed in the order in which they were read. Of those
 * that wait for the same batches only the newest is kept. Each call costs the same, however many batches are open and STATEs
 * wait.
 */
export class StateGate {
  readonly #print: (text: string) => void;
  /** For each open batch, the STATE after which it was begun. */
  readonly #live = new Map<Ticket, Held>();
  /** Text of the last durable bookmark of each parked stream. */
  readonly #bookmarks = new Map<string, string | undefined>();
  /** The mark of the STATE that each of these bookmarks was taken from. */
  readonly #marks = new Map<string, number>();
  /** The STATE that was released last; all after it wait. At the beginning, one without text. */
  #released: Held = { mark: -1, text: '', open: 0, before: undefined, after: undefined };
  #newest = this.#released;
  #waiting = 0;
  /** The number of the newest batch. */
  #lastNumber = 0;
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
    const ticket = { number: ++this.#lastNumber };
    this.#live.set(ticket, this.#newest);
    this.#newest.open += 1;
    return ticket;
  }

  /** Batches are durable, or will not be loaded. */
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
    this.#newest = { mark: this.#lastNumber, text: valueText, open: 0, before, after: undefined };
    before.after = this.#newest;
    this.#waiting += 1;
    this.#release();
  }

  /**
   * Rows of a marked stream are lost in a batch that has not ended: from now on the bookmark of the stream stays where it was in
   * the newest STATE that does not cover that batch. A later call can only set it further back.
   * @param ticket number of the batch.
   */
  park(stream: string, ticket: number): void {
    let durable = this.#released;
    while (durable.after && durable.after.mark < ticket) durable = durable.after;
    if (durable.mark >= (this.#marks.get(stream) ?? Number.POSITIVE_INFINITY)) return;
    this.#marks.set(stream, durable.mark);
    this.#bookmarks.set(stream, durable.mark < 0 ? undefined : bookmarkOf(durable.text, stream));
  }

  /**
   * Rows of a stream that is not marked are lost in a batch that has not ended: of the STATEs that wait, those that may cover the
   * batch are dropped, and none that is read from now on can be trusted.
   * @param ticket number of the batch.
   */
  shut(ticket: number): void {
    this.#isShut = true;
    while (this.#newest !== this.#released && this.#newest.mark >= ticket) {
      this.#newest = this.#newest.before as Held;
      this.#newest.after = undefined;
      this.#waiting -= 1;
    }
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

  /** Drops a STATE that waits for the same batches as the next one, so that never more of them wait than there are batches. */
  #dropIfSuperseded(held: Held): void {
    const { before, after } = held;
    if (held.open > 0 || !before) return; // the first one does not wait
    before.after = after;
    if (after) after.before = before;
    else this.#newest = before;
    this.#waiting -= 1;
  }
}

/** True for a state without content. Printed, it would erase the bookmarks that an earlier run left. */
export function isEmptyState(value: unknown): boolean {
  let inner = value; // no recursion: nesting has no limit here
  while (inner && typeof inner === 'object') {
    const names = Object.keys(inner);
    if (names.length === 0) return true;
    if (names.length > 1 || names[0] !== STATE_BOOKMARKS) return false;
    inner = (inner as JsonObject)[STATE_BOOKMARKS];
  }
  return !inner;
}
