import { COLUMN, memberSlices } from '@tap-webhooks/singer';
import { Cursor } from './cursor.js';

/**
 * Writes rows for a load job, each value as its column takes it and none altered:
 * - INTEGER: `1.0` and `1e3` as integers; beyond ±(2^53-1) as a string, as BigQuery asks for ("Loading JSON data").
 * - NUMERIC, BIGNUMERIC: as a string of the digits sent, without exponent.
 * - TIMESTAMP: as sent, with `T`, `Z`, seconds and the offset's colon put in where BigQuery needs them.
 * - JSON: as sent, but a number that neither 64 bits nor a double hold becomes a string of its digits.
 * - Half of a surrogate pair (`\\ud83d`), which BigQuery cannot hold, becomes these six characters.
 *
 * A value that does not fit goes to a further column of its field, else to `_sdc_extra`. Three things are the same
 * afterwards, since BigQuery does not tell them apart: a null and no member, null and `[]` for an array, and an object
 * without members and one whose members are null for a RECORD.
 */
export interface RowEncoder {
  /**
   * @param rowText JSON text of a row.
   * @returns one line of newline-delimited JSON; or why BigQuery would refuse the row, or change a value: a sentence that
   * names the field and never quotes the value.
   */
  encode(rowText: string): { readonly json: string } | { readonly refused: string };
}

/** The column that takes what no other column holds. */
export interface ExtraColumn {
  /** Name of the column as JSON text. */
  readonly nameText: string;
  /** It takes the payload (`raw`): fields keep their names, nulls too, and it is written in any case. */
  readonly isPayload: boolean;
}

/** A step into a row: the name of a field, or the index of an item. */
export type Step = string | number;

/**
 * Name under which a value stands in `_sdc_extra`: `name` for a field of the row, `buyer.name` for one of a RECORD,
 * `items[2].name` for one of an item, counted from 0. In a name itself `.`, `[` and `\` get a `\` in front, so that the path
 * can be read back.
 */
export function extraName(path: readonly Step[]): string {
  let name = '';
  for (const step of path) {
    if (typeof step === 'number') name += `[${step}]`;
    else name += (name === '' ? '' : '.') + step.replace(/[.[\\]/g, '\\$&');
  }
  return name;
}

/** A value that no column holds, ready for a JSON column. */
export interface Stray {
  /** As JSON text. */
  readonly nameText: string;
  readonly text: string;
}

/**
 * JSON text of the object in `_sdc_extra`. Of two values with one name the last counts.
 * @param sent value of the row's own `_sdc_extra`, if any: its members come first. When it is no object, or has a name of
 * ours, it becomes a member of its own instead.
 */
export function extraText(strays: readonly Stray[], sent: string | undefined): string {
  if (strays.length === 0 && sent !== undefined) return sent;
  const members = new Map<string, string>();
  for (const { nameText, text } of strays) members.set(nameText, text);
  const inner = [...members].map(([nameText, text]) => `${nameText}:${text}`).join(',');
  if (sent === undefined) return `{${inner}}`;
  const own = sent.startsWith('{') ? memberSlices(sent) : [];
  const isMixable = own.length > 0 && !own.some(({ name }) => members.has(JSON.stringify(name)));
  if (!isMixable) return `{"${COLUMN.extra}":${sent},${inner}}`;
  return `${sent.slice(0, sent.lastIndexOf('}')).trimEnd()},${inner}}`;
}

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
  cursor.string();
  return cursor.result();
}
