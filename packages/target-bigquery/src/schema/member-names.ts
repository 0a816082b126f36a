import type { Cursor } from './cursor.js';
import type { Level, Route } from './routes.js';

const COLON = 0x3a;

/**
 * Reads names of members. They mostly come in the order of the object before, so the one that is due is compared with the
 * text first, and looked up only when it is another.
 */
export class MemberNames {
  /** Behind the name that was read last. */
  end = 0;
  readonly #cursor: Cursor;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /**
   * Past the name here, the colon and the space around it.
   * @param previous field before it in the object.
   * @returns undefined for a field that the plan does not know.
   */
  read(level: Level, previous: Route | undefined): Route | undefined {
    const cursor = this.#cursor;
    const { text, at: start } = cursor;
    const due = previous ? previous.next : level.first;
    let route = due;
    if (due !== undefined && text.startsWith(due.nameText, start)) cursor.at = start + due.nameText.length;
    else {
      route = level.routes.get(this.#decoded());
      if (previous) previous.next = route ?? previous.next;
      else level.first = route ?? level.first;
    }
    this.end = cursor.at;
    if (text.charCodeAt(cursor.at) !== COLON) cursor.space();
    cursor.at += 1;
    cursor.space();
    return route;
  }

  #decoded(): string {
    const cursor = this.#cursor;
    const { out, copied } = cursor;
    const name = cursor.string();
    cursor.out = out;
    cursor.copied = copied;
    return name;
  }
}
