import {
  COLUMN,
  columnName,
  compact,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  type JsonSchema,
  LIMIT,
  SPLIT_SUFFIX,
} from '@tap-webhooks/singer';
import type { Column, ColumnBuilder } from './column.js';
import { UntypedColumn } from './leaf-columns.js';
import { RecurringNames, type SavedNames } from './recurring-names.js';
import { innerPathBytes, isTooLong, nameBytes, objectBytes, type Size } from './size.js';
import { hasType, isContainer, rawText, SPLIT_SUFFIXES, splitSource, typeOf } from './values.js';

const EXTRA = COLUMN.extra;
/** No column is smaller. In a full stream it saves making one for each further member. */
const SMALLEST: Size = { columns: 1, bytes: 0 };

/** Where a member goes: its name in the row, and the column of that name, if there is one. */
interface MemberColumn {
  readonly name: string;
  readonly column: Column | undefined;
}

/** A column of objects. It holds the columns of the members, split columns included, in the order of their creation. */
export class ObjectColumn implements Column {
  readonly type = 'object';
  readonly #columns = new Map<string, Column>();
  /** Those of a given schema. */
  readonly #given = new Set<string>();
  /** Undefined while the object has fewer columns than make it worth looking. */
  #names: RecurringNames | undefined;
  readonly #pathBytes: number;
  readonly #keywords: JsonSchema;

  /**
   * @param pathBytes of the path to the members, as `innerPathBytes` returns it; 0 for the row.
   * @param keywords the keywords of the schema other than `type` and `properties`.
   */
  constructor(pathBytes: number, keywords: JsonSchema = {}) {
    this.#pathBytes = pathBytes;
    this.#keywords = keywords;
  }

  get columns(): ReadonlyMap<string, Column> {
    return this.#columns;
  }

  /** Adds a column of a given or stored schema, without counting it: no limit applies to it. */
  define(name: string, column: Column, isGiven: boolean): void {
    this.#columns.set(name, column);
    if (isGiven) this.#given.add(name);
  }

  /** What is stored of how its names recur; undefined when nothing is. */
  get names(): SavedNames | undefined {
    return this.#names?.save();
  }

  restoreNames(saved: SavedNames): void {
    this.#names = new RecurringNames(saved);
  }

  /** Adds and counts a column. The caller decides whether a limit applies. */
  add(name: string, column: Column, builder: ColumnBuilder): void {
    this.#columns.set(name, column);
    builder.count(this.#sizeOf(name, column));
  }

  fitsUnchanged(text: string, node: JsonNode): boolean {
    if (node.kind !== 'object') return false;
    for (const { name, value } of node.members ?? []) {
      if (columnName(name) !== name) return false;
      if (value.kind === 'null') continue;
      const column = this.#columns.get(name);
      if (column ? !column.fitsUnchanged(text, value) : !isEmpty(value)) return false;
    }
    return true;
  }

  accepts(_text: string, node: JsonNode): boolean {
    return node.kind === 'object';
  }

  write(text: string, node: JsonNode, builder: ColumnBuilder): string {
    this.#lookAtNames(node, builder);
    const members: string[] = [];
    const extra: string[] = [];
    for (const member of node.members ?? []) {
      const target = this.#columnFor(text, member, builder);
      if (target)
        members.push(`${nameText(text, member, target)}:${valueText(text, member, target, builder)}`);
      else extra.push(`${text.slice(member.nameStart, member.nameEnd)}:${compact(text, member.value)}`);
    }
    if (extra.length > 0) {
      members.push(`"${EXTRA}":{${extra.join(',')}}`);
      this.#addExtra(builder);
    }
    return `{${members.join(',')}}`;
  }

  refit(text: string, node: JsonNode): string {
    return `{${(node.members ?? []).map((member) => this.#refitMember(text, member)).join(',')}}`;
  }

  /** Columns are only added and widened, so whatever a column does not take had none, and has no type. */
  #refitMember(text: string, { name, nameStart, nameEnd, value }: JsonMember): string {
    const column = isContainer(value) ? this.#columns.get(name) : undefined;
    if (column?.accepts(text, value)) return `${text.slice(nameStart, nameEnd)}:${column.refit(text, value)}`;
    const unsplit = column && this.#columns.get(splitSource(name) ?? name);
    if (unsplit === undefined) return text.slice(nameStart, value.end);
    const split = this.#splitName(text, splitSource(name) ?? name, unsplit, value);
    const inner = this.#columns.get(split)?.refit(text, value) ?? rawText(text, value);
    return `${JSON.stringify(split)}:${inner}`;
  }

  /** Returns where a member goes; undefined when it has no column and the limits leave no room for one. */
  #columnFor(text: string, member: JsonMember, builder: ColumnBuilder): MemberColumn | undefined {
    const { value } = member;
    const origin = columnName(member.name);
    const unsplit = this.#columns.get(origin);
    if (value.kind === 'null' || unsplit?.accepts(text, value)) return { name: origin, column: unsplit };
    const name = unsplit ? this.#splitName(text, origin, unsplit, value) : origin;
    const column = this.#columns.get(name);
    if (column || !hasType(value)) return { name, column };
    if (isTooLong(member.name) || this.#isFull() || this.#isMap()) return undefined;
    if (!builder.hasRoomFor(SMALLEST)) return undefined;
    return this.#create(name, text, value, builder);
  }

  /** Returns the name of the split column for a value that the column does not accept: an existing one, else a new one. */
  #splitName(text: string, origin: string, unsplit: Column, value: JsonNode): string {
    const suffixes = SPLIT_SUFFIXES[typeOf(text, value)];
    const existing = suffixes.find((suffix) => this.#columns.get(origin + suffix)?.accepts(text, value));
    if (existing !== undefined) return origin + existing;
    const hasArrays = unsplit.type === 'array' || this.#columns.has(origin + SPLIT_SUFFIX.array);
    return origin + (value.kind === 'array' && hasArrays ? SPLIT_SUFFIX.untyped : suffixes[0]);
  }

  #create(name: string, text: string, value: JsonNode, builder: ColumnBuilder): MemberColumn | undefined {
    const column = name.endsWith(SPLIT_SUFFIX.untyped)
      ? new UntypedColumn()
      : builder.columnFor(text, value, innerPathBytes(name, this.#pathBytes));
    if (!builder.hasRoomFor(this.#sizeOf(name, column))) return undefined;
    this.add(name, column, builder);
    return { name, column };
  }

  #isFull(): boolean {
    return this.#columns.size - (this.#columns.has(EXTRA) ? 1 : 0) >= LIMIT.columnsPerObject;
  }

  /** Counts which columns come again, once events have added many of them. */
  #lookAtNames({ members = [] }: JsonNode, builder: ColumnBuilder): void {
    const columns = this.#addedColumns();
    if (columns < builder.maxMapKeys) {
      if (this.#names) builder.noteChange(); // the setting was raised
      this.#names = undefined;
      return;
    }
    this.#names ??= new RecurringNames();
    if (this.#names.isSettled(columns)) return;
    const names = members.map(({ name }) => columnName(name));
    const known = names.filter((name) => this.#columns.has(name) && !this.#given.has(name));
    if (this.#names.count(known)) builder.noteChange();
  }

  #isMap(): boolean {
    return this.#names?.isMap(this.#addedColumns()) ?? false;
  }

  /** How many columns it has that no schema gave it, `_sdc_extra` aside. */
  #addedColumns(): number {
    return this.#columns.size - this.#given.size - (this.#columns.has(EXTRA) ? 1 : 0);
  }

  #addExtra(builder: ColumnBuilder): void {
    if (this.#columns.has(EXTRA)) return;
    this.#columns.set(EXTRA, new UntypedColumn());
    builder.noteChange();
  }

  merge(other: Column, builder: ColumnBuilder): void {
    if (!(other instanceof ObjectColumn)) return;
    for (const [name, column] of other.#columns) {
      const own = this.#columns.get(name);
      if (own) own.merge(column, builder);
      else this.add(name, column, builder);
      this.#given.add(name);
    }
  }

  /** Counts the object itself, its columns, and one column for the `_sdc_extra` that it may get. */
  size(): Size {
    let columns = 2;
    let bytes = objectBytes(this.#keywords);
    for (const [name, column] of this.#columns) {
      if (name === EXTRA) continue;
      const size = this.#sizeOf(name, column);
      columns += size.columns;
      bytes += size.bytes;
    }
    return { columns, bytes };
  }

  /** Returns the size of a column with its name. */
  #sizeOf(name: string, column: Column): Size {
    const { columns, bytes } = column.size();
    return { columns, bytes: bytes + nameBytes(name, this.#pathBytes) };
  }

  toSchema(): JsonSchema {
    return { type: ['null', 'object'], ...this.#properties(), ...this.#keywords };
  }

  #properties(): { properties?: JsonObject } {
    if (this.#columns.size === 0) return {};
    const properties: JsonObject = Object.create(null); // a column may be called __proto__
    for (const [name, column] of this.#columns) properties[name] = column.toSchema();
    return { properties };
  }
}

function isEmpty(node: JsonNode): boolean {
  return node.members?.length === 0 || node.items?.length === 0;
}

/** Returns the name as it was sent, or the column's name where the two differ. */
function nameText(text: string, member: JsonMember, { name }: MemberColumn): string {
  return name === member.name ? text.slice(member.nameStart, member.nameEnd) : JSON.stringify(name);
}

function valueText(
  text: string,
  { value }: JsonMember,
  { column }: MemberColumn,
  builder: ColumnBuilder,
): string {
  if (value.kind === 'null') return 'null';
  return (column ?? builder.throwaway(value)).write(text, value, builder);
}
