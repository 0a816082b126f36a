import { compact, JsonError, parseJson } from '@tap-webhooks/singer';
import { isWithin } from '../columns/kind.js';
import type { RowPlan } from '../columns/planning.js';
import { Cursor } from './cursor.js';
import { isDeletionMark, timeOfDeletion } from './deletion-mark.js';
import { type Diverted, DivertedValues } from './diverted.js';
import { type ExtraColumn, ExtraValues, NAMES_TOO_LONG } from './extra.js';
import { type ColumnLayout, type MemberLayout, MemberNames, type ObjectLayout, rowLayout } from './layout.js';
import type { EncodedRow, RowEncoder } from './row-encoder.js';
import { writeDigits, writeScalar } from './scalars.js';

/**
 * Largest row of JSON in bytes. The docs say 100 MB ("Quotas and limits", load jobs), and the service "Row size is larger than:
 * 104857600" (github.com/m-lab/etl/pull/1133).
 */
const MAX_ROW_BYTES = 100 * 1024 * 1024;

/** Levels of nesting that a JSON column takes ("Working with JSON data"). */
const MAX_JSON_DEPTH = 500;
/** Deepest nesting of a row whose objects repeat a name. */
const MAX_DEPTH = 1000;

/** Epoch ms that stay within 64 bits with six more digits: until the year 2262. */
const MILLISECONDS = /^\d{1,12}$|^[1-8]\d{12}$/;

const QUOTE = 0x22;
const COMMA = 0x2c;
const SMALL_N = 0x6e;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;

/** Writes rows for a planned table. */
export function rowWriter({ row }: { readonly row: RowPlan }): RowEncoder {
  const extra = row.extra && {
    nameText: JSON.stringify(row.extra.column),
    isPayload: row.extra.isPayload,
  };
  return new JsonRowEncoder(rowLayout(row), extra);
}

/** Thrown when one object has a name twice. */
const DUPLICATE = Symbol('duplicate');

/**
 * Sends each value of a row to the first column of its field that holds it unaltered, else to `_sdc_extra`. A null is left
 * out when it makes no difference: without a column, and for an array. A row that needs no change is returned as it is; in
 * others only the changes are written.
 */
class JsonRowEncoder implements RowEncoder {
  readonly #row: ObjectLayout;
  readonly #cursor = new Cursor();
  readonly #names = new MemberNames(this.#cursor);
  readonly #extra: ExtraValues;
  readonly #diverted = new DivertedValues();
  /** Name of the column for what no other column holds. */
  readonly #extraName: string;
  /** Number of the object that is being written, counted over all rows. */
  #objects = 0;
  #refused: string | undefined;
  /** A field of the row of which a part would be in `_sdc_extra` is there as a whole. */
  #isWhole = false;

  /** @param extra undefined when the table has no such column: a row with a value for it is refused. */
  constructor(row: ObjectLayout, extra: ExtraColumn | undefined) {
    this.#row = row;
    this.#extra = new ExtraValues(extra, this.#cursor);
    this.#extraName = extra === undefined ? '' : (JSON.parse(extra.nameText) as string);
  }

  encode(rowText: string): EncodedRow {
    const encoded = this.#encodeAny(rowText);
    if ('refused' in encoded) this.uncount();
    return encoded;
  }

  uncount(): void {
    this.#diverted.cut(0);
  }

  takeDiverted(): readonly Diverted[] {
    return this.#diverted.take();
  }

  #encodeAny(rowText: string): EncodedRow {
    this.#diverted.begin();
    try {
      return this.#encodeShort(rowText);
    } catch (thrown) {
      if (thrown !== DUPLICATE) throw thrown;
      this.uncount();
      return this.#encodeOnce(rowText);
    }
  }

  /** Writes a row with repeated names as `JSON.parse` reads it: the last value counts. */
  #encodeOnce(rowText: string): EncodedRow {
    try {
      return this.#encodeShort(compact(rowText, parseJson(rowText, { maxDepth: MAX_DEPTH })));
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      return { refused: `An object of the row has a name twice, and the row is ${cause.message}.` };
    }
  }

  /** Writes a row. When the names of its values in `_sdc_extra` would be too long, the fields with such values are in it whole. */
  #encodeShort(rowText: string): EncodedRow {
    try {
      return this.#encode(rowText, false);
    } catch (thrown) {
      if (thrown !== NAMES_TOO_LONG) throw thrown;
      this.uncount();
      return this.#encode(rowText, true);
    }
  }

  #encode(rowText: string, isWhole: boolean): EncodedRow {
    const cursor = this.#cursor;
    cursor.open(rowText);
    this.#isWhole = isWhole;
    this.#extra.clear(isWhole);
    this.#refused = undefined;
    cursor.space();
    const number = this.#objects + 1;
    if (!this.#object(this.#row)) return { refused: this.#requiredMissing(number) };
    if (this.#refused !== undefined) return { refused: this.#refused };
    const json = cursor.result();
    if (json.length * 3 > MAX_ROW_BYTES && Buffer.byteLength(json) > MAX_ROW_BYTES) {
      return { refused: 'The row is larger than the 100 MB that BigQuery takes.' };
    }
    return { json };
  }

  /**
   * Writes an object. A member is left out with the comma before it, or with the comma after it while none is kept.
   * @returns false when a column that must not be null has no value.
   */
  #object(object: ObjectLayout): boolean {
    const cursor = this.#cursor;
    const { text } = cursor;
    const number = ++this.#objects;
    cursor.at += 1;
    cursor.space();
    let previous: MemberLayout | undefined;
    let kept = 0;
    /** The position after the last member. */
    let end = cursor.at;
    while (text.charCodeAt(cursor.at) === QUOTE) {
      const start = cursor.at;
      const member = this.#names.read(object, previous);
      const nameEnd = this.#names.end;
      if (member !== undefined) {
        if (member.seenIn === number) throw DUPLICATE;
        member.seenIn = number;
        previous = member;
      }
      const isKept = member ? this.#member(member, start, nameEnd, number) : this.#unknown(start, nameEnd);
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
    if (object === this.#row) this.#writeExtra(kept, end);
    cursor.at += 1;
    return object.required.every((column) => column.filledIn === number);
  }

  /** Writes a member. @returns false when it is to be left out. */
  #member(member: MemberLayout, start: number, nameEnd: number, number: number): boolean {
    const cursor = this.#cursor;
    const code = cursor.text.charCodeAt(cursor.at);
    if (member.role !== undefined && this.#takesCopy(member)) return false;
    const { columns } = member;
    if (code === SMALL_N) {
      cursor.at += 4;
      const [column] = columns;
      return column !== undefined && !column.isRenamed && !column.isRepeated;
    }
    const { at, out, copied } = cursor;
    const extra = this.#extra.length;
    const path = this.#extra.path.length;
    const diverted = this.#diverted.length;
    for (let index = 0; index < columns.length; index += 1) {
      const column = columns[index] as ColumnLayout;
      if (column.isRenamed) cursor.replace(start, nameEnd, column.nameText);
      if (this.#value(column, member, code) && !this.#isSplit(extra)) {
        column.filledIn = number;
        if (member.role === 'sequence') this.#refine(at);
        if (index > 0) this.#diverted.add(member, column.name, cursor.text.slice(at, cursor.at));
        return true;
      }
      this.#undo(at, out, copied, extra, path, diverted);
    }
    this.#extra.take(member.name, cursor.text.slice(start, nameEnd));
    this.#diverted.add(member, this.#extraName, cursor.text.slice(at, cursor.at));
    return member.role === 'deleted' && this.#markDeleted(member, start, at, number);
  }

  /** True when a field of the row has to be whole, and has values in `_sdc_extra`. @param before their number before the field. */
  #isSplit(before: number): boolean {
    return this.#isWhole && this.#extra.path.length === 0 && this.#extra.length > before;
  }

  /**
   * Writes a time for a deletion mark that is none: the row was deleted, whatever the mark looks like.
   * @returns false when the value is no mark, or no column takes a time.
   */
  #markDeleted({ columns }: MemberLayout, start: number, valueAt: number, number: number): boolean {
    const { text, at } = this.#cursor;
    const column = columns.find(({ form }) => form === 'timestamp' || form === 'text');
    if (column === undefined || !isDeletionMark(text.slice(valueAt, at))) return false;
    this.#cursor.replace(start, at, `${column.nameText}:${timeOfDeletion(text)}`);
    column.filledIn = number;
    return true;
  }

  /** Turns the milliseconds that were just written into Stitch's unit, a millionth of that. */
  #refine(start: number): void {
    const raw = this.#cursor.text.slice(start, this.#cursor.at);
    if (MILLISECONDS.test(raw)) this.#cursor.replace(start, this.#cursor.at, `"${raw}000000"`);
  }

  /** Copies a value to what is written at the end. @returns true when it is written only there: the row's own `_sdc_extra`. */
  #takesCopy({ role, name, nameText }: MemberLayout): boolean {
    if (role === 'sequence' || role === 'deleted') return false;
    const { at } = this.#cursor;
    if (role === 'extra') {
      this.#extra.takeSent();
      return true;
    }
    this.#extra.take(name, nameText);
    this.#cursor.at = at;
    return false;
  }

  #value(column: ColumnLayout, member: MemberLayout, code: number): boolean {
    if (!column.isRepeated && column.form !== 'nested')
      return this.#scalar(column, code, member, member.name);
    this.#extra.path.push(member.name);
    const isWritten = this.#nested(column, code, member);
    this.#extra.path.pop();
    return isWritten;
  }

  #nested(column: ColumnLayout, code: number, member: MemberLayout): boolean {
    if (column.isRepeated) return code === OPEN_BRACKET && this.#array(column, member);
    return code === OPEN_BRACE && this.#object(column.object as ObjectLayout);
  }

  /** Writes an array, as a whole or not at all: BigQuery takes no null in it. */
  #array(column: ColumnLayout, member: MemberLayout): boolean {
    const cursor = this.#cursor;
    const { text } = cursor;
    const { path } = this.#extra;
    const depth = path.push(0);
    cursor.at += 1;
    cursor.space();
    for (let item = 0; text.charCodeAt(cursor.at) !== CLOSE_BRACKET; item += 1) {
      path[depth - 1] = item;
      if (!this.#item(column, member)) return false;
      cursor.space();
      if (text.charCodeAt(cursor.at) !== COMMA) break;
      cursor.at += 1;
      cursor.space();
    }
    cursor.at += 1;
    path.pop();
    return true;
  }

  #item(column: ColumnLayout, member: MemberLayout): boolean {
    const code = this.#cursor.text.charCodeAt(this.#cursor.at);
    if (column.wrapped) return this.#wrappedItem(column.wrapped, code);
    if (code === SMALL_N) return false;
    if (column.form === 'nested') return code === OPEN_BRACE && this.#object(column.object as ObjectLayout);
    return this.#scalar(column, code, member, undefined);
  }

  /** Writes an item as a RECORD with one field. Its path is that of the item itself. */
  #wrappedItem(member: MemberLayout, code: number): boolean {
    const cursor = this.#cursor;
    const start = cursor.at;
    if (code === SMALL_N) {
      cursor.at += 4;
      cursor.replace(start, cursor.at, '{}');
      return true;
    }
    const { out, copied } = cursor;
    const extra = this.#extra.length;
    const path = this.#extra.path.length;
    const diverted = this.#diverted.length;
    for (let index = 0; index < member.columns.length; index += 1) {
      const column = member.columns[index] as ColumnLayout;
      cursor.replace(start, start, `{${column.nameText}:`);
      if (this.#wrappedValue(column, member, code)) {
        if (index > 0) this.#diverted.add(member, column.name, cursor.text.slice(start, cursor.at));
        cursor.replace(cursor.at, cursor.at, '}');
        return true;
      }
      this.#undo(start, out, copied, extra, path, diverted);
    }
    this.#extra.take(undefined, '');
    this.#diverted.add(member, this.#extraName, cursor.text.slice(start, cursor.at));
    cursor.replace(start, cursor.at, '{}');
    return true;
  }

  #wrappedValue(column: ColumnLayout, member: MemberLayout, code: number): boolean {
    if (column.isRepeated || column.form === 'nested') return this.#nested(column, code, member);
    return this.#scalar(column, code, member, undefined);
  }

  /** @param name of the field; undefined for an item, whose index is in the path already. */
  #scalar(column: ColumnLayout, code: number, member: MemberLayout, name: string | undefined): boolean {
    const cursor = this.#cursor;
    const start = cursor.at;
    const { form, limits, takesDigits } = column;
    if (!writeScalar(cursor, form, code)) return takesDigits && writeDigits(cursor, code);
    if (cursor.isCut) return this.#keepWhole(column, member, start, name);
    return limits === undefined || isWithin(limits, cursor.text.slice(start, cursor.at));
  }

  /** Keeps the text of a time that was written without its last digits. @returns false when the column takes no such time. */
  #keepWhole(
    { isExact }: ColumnLayout,
    member: MemberLayout,
    start: number,
    name: string | undefined,
  ): boolean {
    const { text, at } = this.#cursor;
    this.#cursor.isCut = false;
    if (isExact) return false;
    const whole = text.slice(start, at);
    this.#extra.keep(whole, name, JSON.stringify(name ?? ''));
    this.#diverted.add(member, this.#extraName, whole);
    return true;
  }

  /** Keeps the value of a field that the plan does not know. */
  #unknown(start: number, nameEnd: number): false {
    const { text } = this.#cursor;
    this.#extra.take(JSON.parse(text.slice(start, nameEnd)) as string, text.slice(start, nameEnd));
    return false;
  }

  /** Writes what no column holds after the row's last member, before the closing brace. */
  #writeExtra(kept: number, end: number): void {
    const member = this.#extra.member();
    if (member === undefined) return;
    if (member.column === undefined) {
      this.#refused = `The field ${member.first} has a value that no column of the table holds.`;
      return;
    }
    const { at, copied } = this.#cursor;
    this.#cursor.replace(Math.max(end, copied), at, (kept > 0 ? ',' : '') + member.column);
  }

  #requiredMissing(number: number): string {
    const missing = this.#row.required.find((column) => column.filledIn !== number);
    return `Column ${missing?.nameText ?? ''} is REQUIRED, and the row has no value that it holds.`;
  }

  /** Goes back to `at`: the column that was tried does not hold the value. */
  #undo(at: number, out: string, copied: number, extra: number, path: number, diverted: number): void {
    this.#cursor.at = at;
    this.#cursor.out = out;
    this.#cursor.copied = copied;
    this.#extra.cut(extra);
    this.#extra.path.length = path;
    if (diverted < this.#diverted.length) this.#diverted.cut(diverted);
  }
}

function tooDeep(nameText: string): string {
  return `The field ${nameText} is nested deeper than the ${MAX_JSON_DEPTH} levels that BigQuery's JSON has.`;
}
