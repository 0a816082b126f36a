import type { Cursor } from './cursor.js';
import type { MemberLayout, ObjectLayout } from './layout.js';

const COLON = 0x3a;

/**
 * Reads the names of members. They mostly come in the same order as in the object before, so the expected name is compared
 * with the text first; only another one is looked up.
 */
export class MemberNames {
  /** The position after the name that was read last. */
  end = 0;
  readonly #cursor: Cursor;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /**
   * Passes a name, the colon and the space around it.
   * @param previous the member before it in the object.
   * @returns undefined for a field that the plan does not know.
   */
  read(object: ObjectLayout, previous: MemberLayout | undefined): MemberLayout | undefined {
    const cursor = this.#cursor;
    const { text, at: start } = cursor;
    const expected = previous ? previous.next : object.first;
    let member = expected;
    if (expected !== undefined && text.startsWith(expected.nameText, start)) {
      cursor.at = start + expected.nameText.length;
    } else {
      member = object.members.get(this.#decoded());
      if (previous) previous.next = member ?? previous.next;
      else object.first = member ?? object.first;
    }
    this.end = cursor.at;
    if (text.charCodeAt(cursor.at) !== COLON) cursor.space();
    cursor.at += 1;
    cursor.space();
    return member;
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
