import { compact, JsonError, parseJson } from '@tap-webhooks/singer';
import type { Level, Route, Slot } from '../columns/planning.js';
import { isWithin } from '../columns/types.js';
import { Cursor } from './cursor.js';
import { type ExtraColumn, type RowEncoder, Strays } from './extra.js';
import { MemberNames } from './member-names.js';
import { writeDigits, writeScalar } from './scalars.js';

/** "Quotas and limits", load jobs: a row of JSON, in bytes. */
const MAX_ROW_BYTES = 100 * 1024 * 1024;

/** "Working with JSON data": levels of nesting. */
const MAX_JSON_DEPTH = 500;
/** Levels at which duplicate names are looked for. */
const MAX_DEPTH = 1000;

/** An epoch in ms: with six digits more it is within 64 bits until the year 2262. */
const MILLISECONDS = /^\d{1,12}$|^[1-8]\d{12}$/;

const QUOTE = 0x22;
const COMMA = 0x2c;
const SMALL_N = 0x6e;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;

type Encoded = ReturnType<RowEncoder['encode']>;

/** A name stands twice in one object. */
const DUPLICATE = Symbol('duplicate');

/**
 * Sends each value of a row to the first column of its field that holds it unaltered, else to `_sdc_extra`. What no column
 * can tell apart is left out: a null without a column, and null for an array. A row that needs no change is returned as it
 * is; else only what changes is written anew.
 */
export class RowWriter implements RowEncoder {
  readonly #level: Level;
  readonly #cursor = new Cursor();
  readonly #names = new MemberNames(this.#cursor);
  readonly #strays: Strays;
  /** Of the object that is being written; objects are numbered as they begin. */
  #objects = 0;
  #refused: string | undefined;

  /** @param extra undefined when the table has no such column: a row with a value for it is refused. */
  constructor(level: Level, extra: ExtraColumn | undefined) {
    this.#level = level;
    this.#strays = new Strays(extra, this.#cursor);
  }

  encode(rowText: string): Encoded {
    try {
      return this.#encode(rowText);
    } catch (thrown) {
      if (thrown !== DUPLICATE) throw thrown;
      return this.#encodeOnce(rowText);
    }
  }

  /** As `JSON.parse` does it: the last value counts. */
  #encodeOnce(rowText: string): Encoded {
    try {
      return this.#encode(compact(rowText, parseJson(rowText, { maxDepth: MAX_DEPTH })));
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      return { refused: `A name stands twice in one object, and the row is ${cause.message}.` };
    }
  }

  #encode(rowText: string): Encoded {
    const cursor = this.#cursor;
    cursor.open(rowText);
    this.#strays.clear();
    this.#refused = undefined;
    cursor.space();
    const number = this.#objects + 1;
    if (!this.#object(this.#level)) return { refused: this.#requiredMissing(number) };
    if (this.#refused !== undefined) return { refused: this.#refused };
    const json = cursor.result();
    if (json.length * 3 > MAX_ROW_BYTES && Buffer.byteLength(json) > MAX_ROW_BYTES) {
      return { refused: 'The row is larger than the 100 MB that BigQuery takes.' };
    }
    return { json };
  }

  /**
   * A member is left out with the comma before it; while none is kept, with the one behind it.
   * @returns false when a column that must not be null has no value.
   */
  #object(level: Level): boolean {
    const cursor = this.#cursor;
    const { text } = cursor;
    const number = ++this.#objects;
    cursor.at += 1;
    cursor.space();
    let previous: Route | undefined;
    let kept = 0;
    /** Behind the last member. */
    let end = cursor.at;
    while (text.charCodeAt(cursor.at) === QUOTE) {
      const start = cursor.at;
      const route = this.#names.read(level, previous);
      const nameEnd = this.#names.end;
      if (route !== undefined) {
        if (route.seenIn === number) throw DUPLICATE;
        route.seenIn = number;
        previous = route;
      }
      const isKept = route ? this.#member(route, start, nameEnd, number) : this.#stray(start, nameEnd);
      if (cursor.deepest > MAX_JSON_DEPTH) this.#refused ??= tooDeep(text.slice(start, nameEnd));
      if (isKept) kept += 1;
      else cursor.replace(kept > 0 ? end : start, cursor.at, '');
      end = cursor.at;
      cursor.space();
      if (text.charCodeAt(cursor.at) !== COMMA) break;
      cursor.at += 1;
      cursor.space();
      if (!isKept && kept === 0) cursor.replace(end, cursor.at, '');
    }
    if (level === this.#level) this.#writeExtra(kept, end);
    cursor.at += 1;
    return level.required.every((slot) => slot.filledIn === number);
  }

  /** @returns false when the member is to be left out. */
  #member(route: Route, start: number, nameEnd: number, number: number): boolean {
    const cursor = this.#cursor;
    const code = cursor.text.charCodeAt(cursor.at);
    if (route.role !== undefined && this.#takesCopy(route)) return false;
    const { slots } = route;
    if (code === SMALL_N) {
      cursor.at += 4;
      const [slot] = slots;
      return slot !== undefined && !slot.isRenamed && !slot.isRepeated;
    }
    const { at, out, copied } = cursor;
    const strays = this.#strays.length;
    const path = this.#strays.path.length;
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index] as Slot;
      if (slot.isRenamed) cursor.replace(start, nameEnd, slot.nameText);
      if (this.#value(slot, route.name, code)) {
        slot.filledIn = number;
        if (route.role === 'sequence') this.#refine(at);
        return true;
      }
      this.#undo(at, out, copied, strays, path);
    }
    this.#strays.take(route.name, cursor.text.slice(start, nameEnd));
    return false;
  }

  /** Milliseconds that were just written become Stitch's unit, a millionth of that. */
  #refine(start: number): void {
    const raw = this.#cursor.text.slice(start, this.#cursor.at);
    if (MILLISECONDS.test(raw)) this.#cursor.replace(start, this.#cursor.at, `"${raw}000000"`);
  }

  /** @returns true for the row's own `_sdc_extra`, which is written at the end. */
  #takesCopy({ role, name, nameText }: Route): boolean {
    if (role === 'sequence') return false;
    const { at } = this.#cursor;
    if (role === 'extra') {
      this.#strays.takeSent();
      return true;
    }
    this.#strays.take(name, nameText);
    this.#cursor.at = at;
    return false;
  }

  #value(slot: Slot, name: string, code: number): boolean {
    if (!slot.isRepeated && slot.type !== 'RECORD') return this.#scalar(slot, code);
    this.#strays.path.push(name);
    const isWritten = this.#nested(slot, code);
    this.#strays.path.pop();
    return isWritten;
  }

  #nested(slot: Slot, code: number): boolean {
    if (slot.isRepeated) return code === OPEN_BRACKET && this.#array(slot);
    return code === OPEN_BRACE && this.#object(slot.level as Level);
  }

  /** BigQuery takes no null in an array, and an array is written as a whole or not at all. */
  #array(slot: Slot): boolean {
    const cursor = this.#cursor;
    const { text } = cursor;
    const { path } = this.#strays;
    const depth = path.push(0);
    cursor.at += 1;
    cursor.space();
    for (let item = 0; text.charCodeAt(cursor.at) !== CLOSE_BRACKET; item += 1) {
      path[depth - 1] = item;
      if (!this.#item(slot)) return false;
      cursor.space();
      if (text.charCodeAt(cursor.at) !== COMMA) break;
      cursor.at += 1;
      cursor.space();
    }
    cursor.at += 1;
    path.pop();
    return true;
  }

  #item(slot: Slot): boolean {
    const code = this.#cursor.text.charCodeAt(this.#cursor.at);
    if (slot.wrapped) return this.#wrappedItem(slot.wrapped, code);
    if (code === SMALL_N) return false;
    if (slot.type === 'RECORD') return code === OPEN_BRACE && this.#object(slot.level as Level);
    return this.#scalar(slot, code);
  }

  /** An item becomes a record with one field; the step to it is the same for whoever reads the row. */
  #wrappedItem(route: Route, code: number): boolean {
    const cursor = this.#cursor;
    const start = cursor.at;
    if (code === SMALL_N) {
      cursor.at += 4;
      cursor.replace(start, cursor.at, '{}');
      return true;
    }
    const { out, copied } = cursor;
    const strays = this.#strays.length;
    const path = this.#strays.path.length;
    for (const slot of route.slots) {
      cursor.replace(start, start, `{${slot.nameText}:`);
      if (this.#wrappedValue(slot, code)) {
        cursor.replace(cursor.at, cursor.at, '}');
        return true;
      }
      this.#undo(start, out, copied, strays, path);
    }
    this.#strays.take(undefined, '');
    cursor.replace(start, cursor.at, '{}');
    return true;
  }

  #wrappedValue(slot: Slot, code: number): boolean {
    if (slot.isRepeated || slot.type === 'RECORD') return this.#nested(slot, code);
    return this.#scalar(slot, code);
  }

  #scalar({ form, parameters, takesDigits }: Slot, code: number): boolean {
    const cursor = this.#cursor;
    const start = cursor.at;
    if (!writeScalar(cursor, form, code)) return takesDigits && writeDigits(cursor, code);
    return parameters === undefined || isWithin(parameters, cursor.text.slice(start, cursor.at));
  }

  /** A field that the plan does not know. */
  #stray(start: number, nameEnd: number): false {
    const { text } = this.#cursor;
    this.#strays.take(JSON.parse(text.slice(start, nameEnd)) as string, text.slice(start, nameEnd));
    return false;
  }

  /** Behind the row's last member, before the closing brace. */
  #writeExtra(kept: number, end: number): void {
    if (!this.#strays.isDue) return;
    const member = this.#strays.member();
    if (member === undefined) {
      this.#refused = `The field ${this.#strays.first} has a value that no column of the table holds.`;
      return;
    }
    const { at, copied } = this.#cursor;
    this.#cursor.replace(Math.max(end, copied), at, (kept > 0 ? ',' : '') + member);
  }

  #requiredMissing(number: number): string {
    const missing = this.#level.required.find((slot) => slot.filledIn !== number);
    return `Column ${missing?.nameText ?? ''} is REQUIRED, and the row has no value that it holds.`;
  }

  /** Back to `at`: the column tried there does not hold the value. */
  #undo(at: number, out: string, copied: number, strays: number, path: number): void {
    this.#cursor.at = at;
    this.#cursor.out = out;
    this.#cursor.copied = copied;
    this.#strays.cut(strays);
    this.#strays.path.length = path;
  }
}

function tooDeep(nameText: string): string {
  return `The field ${nameText} is nested deeper than the ${MAX_JSON_DEPTH} levels that BigQuery's JSON has.`;
}
