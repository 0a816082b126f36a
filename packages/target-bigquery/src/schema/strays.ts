import { Cursor } from './cursor.js';
import type { ExtraColumn } from './encode.js';
import { extraName, extraText, type Step, type Stray } from './extra.js';

/** Collects what no column of a row holds, with the way to it. */
export class Strays {
  /** From the row to the object or array that is being written. */
  readonly path: Step[] = [];
  readonly #extra: ExtraColumn | undefined;
  readonly #cursor: Cursor;
  #strays: Stray[] = [];
  /** The row's own `_sdc_extra`. */
  #sent: string | undefined;

  /** @param cursor that reads the rows. */
  constructor(extra: ExtraColumn | undefined, cursor: Cursor) {
    this.#extra = extra;
    this.#cursor = cursor;
  }

  /** A new row begins. */
  clear(): void {
    this.path.length = 0;
    if (this.#strays.length > 0) this.#strays = [];
    this.#sent = undefined;
  }

  get length(): number {
    return this.#strays.length;
  }

  /** Back to a former number of values. */
  cut(length: number): void {
    if (length < this.#strays.length) this.#strays.length = length;
  }

  /**
   * Past the value here, which is one of them unless it is null.
   * @param name of the field; undefined for an item, whose step is in the path already.
   * @param nameText the name as it stands in the row.
   */
  take(name: string | undefined, nameText: string): void {
    const isPayload = (this.#extra?.isPayload ?? false) && this.path.length === 0;
    const text = this.#cursor.capture();
    if (text === 'null' && !isPayload && this.#strays.length === 0) return;
    const path = name === undefined ? this.path : [...this.path, name];
    const stray = { nameText: wholeText(isPayload ? nameText : JSON.stringify(extraName(path))), text };
    if (text !== 'null' || isPayload) this.#strays.push(stray);
    // of a name that stands twice the last value counts, and this one is no value
    else this.#strays = this.#strays.filter((earlier) => earlier.nameText !== stray.nameText);
  }

  /** Past the value here, which the tap itself had no column for. */
  takeSent(): void {
    const text = this.#cursor.capture();
    this.#sent = text === 'null' ? undefined : text;
  }

  /** Is there something to write? */
  get isDue(): boolean {
    return this.#strays.length > 0 || this.#sent !== undefined || (this.#extra?.isPayload ?? false);
  }

  /** The member for the end of the row; undefined when the table has no column for it. */
  member(): string | undefined {
    return this.#extra && `${this.#extra.nameText}:${extraText(this.#strays, this.#sent)}`;
  }

  /** Name of the first of them as JSON text. */
  get first(): string {
    return this.#strays[0]?.nameText ?? '';
  }
}

/** Halves of surrogate pairs in a name become text, as in a value. */
function wholeText(nameText: string): string {
  if (!nameText.includes('\\u')) return nameText;
  const cursor = new Cursor();
  cursor.open(nameText);
  cursor.skipString();
  return cursor.result();
}
