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
  /** `null` takes back an earlier value of the same name. */
  readonly text: string;
}

/** Most characters of all names in one row: with them, a row of the longest line stays below what a load job takes. */
const MOST_NAME_CHARACTERS = 16 * 1024 * 1024;
/** Thrown when a row needs more: the paths of many values within long names can be a thousand times as long as the row. */
export const NAMES_TOO_LONG = Symbol('names too long');
/** Takes the place of a value when only its field is kept. */
const PART: ExtraValue = { nameText: '', text: '' };

/**
 * The object in `_sdc_extra` as JSON text.
 * @param members value of each name, both as JSON text.
 * @param sent value of the row's own `_sdc_extra`, if any: its members come first. When it is no object, or has a name that
 * one of the values has too, it becomes a single member.
 */
function extraText(members: ReadonlyMap<string, string>, sent: string | undefined): string {
  if (members.size === 0 && sent !== undefined) return sent;
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
  #nameCharacters = 0;
  #isWhole = false;
  /** The row's own `_sdc_extra`. */
  #sent: string | undefined;

  /** @param cursor that reads the rows. */
  constructor(extra: ExtraColumn | undefined, cursor: Cursor) {
    this.#extra = extra;
    this.#cursor = cursor;
  }

  /**
   * Starts a new row.
   * @param isWhole values below the fields of the row are only counted in `length`: the caller keeps their field as a whole.
   */
  clear(isWhole: boolean): void {
    this.path.length = 0;
    if (this.#values.length > 0) this.#values = [];
    this.#nameCharacters = 0;
    this.#isWhole = isWhole;
    this.#sent = undefined;
  }

  get length(): number {
    return this.#values.length;
  }

  /** Forgets all but the first values. */
  cut(length: number): void {
    while (length < this.#values.length)
      this.#nameCharacters -= (this.#values.pop() as ExtraValue).nameText.length;
  }

  /**
   * Passes the value that comes next, and keeps it unless it is null.
   * @param name of the field; undefined for an item, whose index is in the path already.
   * @param nameText the name as it is written in the row.
   */
  take(name: string | undefined, nameText: string): void {
    this.keep(this.#cursor.capture(), name, nameText);
  }

  /**
   * Keeps a value that was passed already, likewise.
   * @param text as a JSON column takes it.
   * @throws NAMES_TOO_LONG
   */
  keep(text: string, name: string | undefined, nameText: string): void {
    const isPayload = (this.#extra?.isPayload ?? false) && this.path.length === 0;
    if (text === 'null' && !isPayload && this.#values.length === 0) return;
    if (this.#isWhole && this.path.length > 0) {
      this.#values.push(PART);
      return;
    }
    const path = name === undefined ? this.path : [...this.path, name];
    const value = { nameText: wholeText(isPayload ? nameText : JSON.stringify(extraName(path))), text };
    this.#values.push(value);
    this.#nameCharacters += value.nameText.length;
    if (this.#nameCharacters > MOST_NAME_CHARACTERS && this.path.length > 0) throw NAMES_TOO_LONG;
  }

  /** Passes the row's own `_sdc_extra`, and keeps it. */
  takeSent(): void {
    const text = this.#cursor.capture();
    this.#sent = text === 'null' ? undefined : text;
  }

  /**
   * Returns the member that ends the row; undefined when there is nothing to write.
   * @returns `column` is undefined when the table has no column for it, and `first` is the name of the first value, as JSON text.
   */
  member(): { readonly column: string | undefined; readonly first: string } | undefined {
    const members = this.#members();
    if (members.size === 0 && this.#sent === undefined && !this.#extra?.isPayload) return undefined;
    const column = this.#extra && `${this.#extra.nameText}:${extraText(members, this.#sent)}`;
    const [first = ''] = members.keys();
    return { column, first };
  }

  /** Value of each name, both as JSON text. Of two values with the same name the last counts. */
  #members(): ReadonlyMap<string, string> {
    const members = new Map<string, string>();
    for (const { nameText, text } of this.#values) {
      if (text === 'null' && !this.#extra?.isPayload) members.delete(nameText);
      else members.set(nameText, text);
    }
    return members;
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
