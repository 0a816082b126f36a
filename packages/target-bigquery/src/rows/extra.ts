import { COLUMN, memberSlices } from '@tap-webhooks/singer';
import { Cursor } from './cursor.js';

/** The JSON column for values that no other column holds. */
export interface ExtraColumn {
  /** Name of the column as JSON text. */
  readonly nameText: string;
  /** It holds the whole payload (`raw`): fields keep their names, nulls are kept, and it is always written. */
  readonly isPayload: boolean;
}

/** A step of a path into a row: the name of a field, or the index of an item. */
type Step = string | number;

/**
 * The name of a value in `_sdc_extra`: `name` for a field of the row, `buyer.name` for one of a RECORD, `items[2].name` for
 * one of an item, counted from 0. `.`, `[` and `\` in a name get a `\` before them, so that the path can be read back.
 */
function extraName(path: readonly Step[]): string {
  let name = '';
  for (const step of path) {
    if (typeof step === 'number') name += `[${step}]`;
    else name += (name === '' ? '' : '.') + step.replace(/[.[\\]/g, '\\$&');
  }
  return name;
}

/** A value that no column holds, as a member of the JSON column. */
interface ExtraValue {
  /** As JSON text. */
  readonly nameText: string;
  readonly text: string;
}

/**
 * The object in `_sdc_extra` as JSON text. Of two values with the same name the last counts.
 * @param sent value of the row's own `_sdc_extra`, if any: its members come first. When it is no object, or has a name that
 * one of the values has too, it becomes a single member.
 */
function extraText(values: readonly ExtraValue[], sent: string | undefined): string {
  if (values.length === 0 && sent !== undefined) return sent;
  const members = new Map<string, string>();
  for (const { nameText, text } of values) members.set(nameText, text);
  const inner = [...members].map(([nameText, text]) => `${nameText}:${text}`).join(',');
  if (sent === undefined) return `{${inner}}`;
  const own = sent.startsWith('{') ? memberSlices(sent) : [];
  const isMergeable = own.length > 0 && !own.some(({ name }) => members.has(JSON.stringify(name)));
  if (!isMergeable) return `{"${COLUMN.extra}":${sent},${inner}}`;
  return `${sent.slice(0, sent.lastIndexOf('}')).trimEnd()},${inner}}`;
}

/** Collects the values of a row that no column holds, each with its path. */
export class ExtraValues {
  /** The path to the object or array that is being written. */
  readonly path: Step[] = [];
  readonly #extra: ExtraColumn | undefined;
  readonly #cursor: Cursor;
  #values: ExtraValue[] = [];
  /** The row's own `_sdc_extra`. */
  #sent: string | undefined;

  /** @param cursor that reads the rows. */
  constructor(extra: ExtraColumn | undefined, cursor: Cursor) {
    this.#extra = extra;
    this.#cursor = cursor;
  }

  /** Starts a new row. */
  clear(): void {
    this.path.length = 0;
    if (this.#values.length > 0) this.#values = [];
    this.#sent = undefined;
  }

  get length(): number {
    return this.#values.length;
  }

  /** Forgets all but the first values. */
  cut(length: number): void {
    if (length < this.#values.length) this.#values.length = length;
  }

  /**
   * Passes the value that comes next, and keeps it unless it is null.
   * @param name of the field; undefined for an item, whose index is in the path already.
   * @param nameText the name as it is written in the row.
   */
  take(name: string | undefined, nameText: string): void {
    this.keep(this.#cursor.capture(), name, nameText);
  }

  /** Keeps a value that was passed already, likewise. @param text as a JSON column takes it. */
  keep(text: string, name: string | undefined, nameText: string): void {
    const isPayload = (this.#extra?.isPayload ?? false) && this.path.length === 0;
    if (text === 'null' && !isPayload && this.#values.length === 0) return;
    const path = name === undefined ? this.path : [...this.path, name];
    const value = { nameText: wholeText(isPayload ? nameText : JSON.stringify(extraName(path))), text };
    if (text !== 'null' || isPayload) this.#values.push(value);
    // a null replaces the earlier value of the same name
    else this.#values = this.#values.filter((earlier) => earlier.nameText !== value.nameText);
  }

  /** Passes the row's own `_sdc_extra`, and keeps it. */
  takeSent(): void {
    const text = this.#cursor.capture();
    this.#sent = text === 'null' ? undefined : text;
  }

  /** True when there is something to write. */
  get isDue(): boolean {
    return this.#values.length > 0 || this.#sent !== undefined || (this.#extra?.isPayload ?? false);
  }

  /** The member that ends the row; undefined when the table has no column for it. */
  member(): string | undefined {
    return this.#extra && `${this.#extra.nameText}:${extraText(this.#values, this.#sent)}`;
  }

  /** Name of the first value as JSON text. */
  get first(): string {
    return this.#values[0]?.nameText ?? '';
  }
}

/** Writes half of a surrogate pair in a name as six characters, as in a value. */
function wholeText(nameText: string): string {
  if (!nameText.includes('\\u')) return nameText;
  const cursor = new Cursor();
  cursor.open(nameText);
  cursor.skipString();
  return cursor.result();
}
