import {
  compact,
  isDateTime,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  type JsonSchema,
  stringValue,
} from '@tap-webhooks/singer';
import { MAX_PROPERTIES_PER_OBJECT, MAX_PROPERTIES_PER_STREAM } from './limits.js';
import { columnName, EXTRA } from './names.js';
import { type ColumnType, hasType, numberType, type ScalarType, SPLITS, typeOf, UNTYPED } from './values.js';

/**
 * One column, at any level: a member of an object, or the items of an array. It judges and writes values that are not
 * null (null fits every column and stands as it is).
 */
export interface Column {
  /** Undefined: of no type, so that every value fits. */
  readonly type: ColumnType | undefined;
  /** Does the value fit as it is written: nothing renamed, moved, turned into text, and nothing to be learned from it? */
  holds(text: string, node: JsonNode): boolean;
  /** Can the value stand in this column, if need be after the column has grown? Changes nothing. */
  accepts(text: string, node: JsonNode): boolean;
  /** The value as it stands in the row. The column grows where it must. Only for values that it accepts. */
  write(text: string, node: JsonNode, growth: Growth): string;
  /** Adds the columns within `base` that this one lacks; what it has stays as it is. */
  adopt(base: Column, growth: Growth): void;
  /** How many properties of the stream's cap this column takes, itself included. */
  weight(): number;
  toSchema(): JsonSchema;
}

export class ScalarColumn implements Column {
  #type: ScalarType;
  readonly #isNullable: boolean;
  readonly #keywords: JsonSchema;

  /** @param keywords of the schema beside `type`, kept as they are (`format: date-time` too). */
  constructor(type: ScalarType, isNullable = true, keywords: JsonSchema = {}) {
    this.#type = type;
    this.#isNullable = isNullable;
    this.#keywords = keywords;
  }

  get type(): ScalarType {
    return this.#type;
  }

  holds(text: string, node: JsonNode): boolean {
    if (node.kind === 'number') {
      const type = numberType(text, node.start, node.end);
      return type !== 'string' && (type === this.#type || this.#type === 'number');
    }
    return this.accepts(text, node);
  }

  accepts(text: string, node: JsonNode): boolean {
    switch (node.kind) {
      case 'number': {
        const isText = numberType(text, node.start, node.end) === 'string';
        return isText ? this.#type === 'string' : this.#type === 'number' || this.#type === 'integer';
      }
      case 'string':
        if (this.#type === 'date-time') return isDateTime(stringValue(text, node));
        return this.#type === 'string';
      default:
        return node.kind === this.#type;
    }
  }

  write(text: string, node: JsonNode, growth: Growth): string {
    const raw = text.slice(node.start, node.end);
    if (node.kind !== 'number') return raw;
    if (this.#type === 'string') return `"${raw}"`;
    if (this.#type === 'integer' && numberType(text, node.start, node.end) === 'number') {
      this.#type = 'number';
      growth.note();
    }
    return raw;
  }

  adopt(): void {
    // a column never changes its type for a schema
  }

  weight(): number {
    return 1;
  }

  toSchema(): JsonSchema {
    const type = this.#type === 'date-time' ? 'string' : this.#type;
    return { type: this.#isNullable ? ['null', type] : type, ...this.#keywords };
  }
}

/**
 * A column whose values are carried as they were sent, names and numbers within them too: JSON in a warehouse. Generated
 * where values have no common type; and what stands for a part of a given schema that is not plain.
 */
export class UntypedColumn implements Column {
  readonly type: 'object' | 'array' | undefined;
  readonly #schema: JsonSchema;

  /** @param type when the schema says at least that much: values of other types are split from it. */
  constructor(schema: JsonSchema = {}, type?: 'object' | 'array') {
    this.#schema = schema;
    this.type = type;
  }

  holds(_text: string, node: JsonNode): boolean {
    return this.type === undefined || this.type === node.kind;
  }

  accepts(text: string, node: JsonNode): boolean {
    return this.holds(text, node);
  }

  write(text: string, node: JsonNode): string {
    return compact(text, node);
  }

  adopt(): void {
    // everything fits already
  }

  weight(): number {
    return 1;
  }

  toSchema(): JsonSchema {
    return this.#schema;
  }
}

export class ArrayColumn implements Column {
  readonly type = 'array';
  readonly #keywords: JsonSchema;
  #items: Column | undefined;

  /**
   * @param items undefined until an item shows a type.
   * @param keywords of the schema beside `type` and `items`.
   */
  constructor(items?: Column, keywords: JsonSchema = {}) {
    this.#items = items;
    this.#keywords = keywords;
  }

  holds(text: string, node: JsonNode): boolean {
    const items = this.#items;
    for (const item of node.items ?? []) {
      if (item.kind !== 'null' && !items?.holds(text, item)) return false;
    }
    return node.kind === 'array';
  }

  /** An array fits as a whole or not at all: one item of another type, and all of it moves to a column of no type. */
  accepts(text: string, node: JsonNode): boolean {
    if (node.kind !== 'array') return false;
    const items = this.#items;
    return (
      items === undefined ||
      (node.items ?? []).every((item) => item.kind === 'null' || items.accepts(text, item))
    );
  }

  write(text: string, node: JsonNode, growth: Growth): string {
    this.#items ??= growth.itemsOf(text, node);
    const items = (node.items ?? []).map((item) => {
      if (item.kind === 'null') return 'null';
      return (this.#items ?? growth.passing(item)).write(text, item, growth);
    });
    return `[${items.join(',')}]`;
  }

  adopt(base: Column, growth: Growth): void {
    if (!(base instanceof ArrayColumn) || base.#items === undefined) return;
    if (this.#items !== undefined) this.#items.adopt(base.#items, growth);
    else {
      this.#items = base.#items;
      growth.add(base.#items.weight() - 1);
    }
  }

  /** What array items are made of counts; the items themselves are the same property. */
  weight(): number {
    return this.#items?.weight() ?? 1;
  }

  toSchema(): JsonSchema {
    return {
      type: ['null', 'array'],
      ...(this.#items ? { items: this.#items.toSchema() } : {}),
      ...this.#keywords,
    };
  }

  get items(): Column | undefined {
    return this.#items;
  }
}

/** Where a member goes: the name it has in the row, and the column there, if one stands for it. */
interface Place {
  readonly name: string;
  readonly column: Column | undefined;
}

/** An object's columns, each with its split columns beside it, in the order of their birth. */
export class ObjectColumn implements Column {
  readonly type = 'object';
  readonly #columns = new Map<string, Column>();
  readonly #keywords: JsonSchema;

  /** @param keywords of the schema beside `type` and `properties`. */
  constructor(keywords: JsonSchema = {}) {
    this.#keywords = keywords;
  }

  get columns(): ReadonlyMap<string, Column> {
    return this.#columns;
  }

  /** Adds a column that comes from a schema, whatever the caps. */
  define(name: string, column: Column): void {
    this.#columns.set(name, column);
  }

  holds(text: string, node: JsonNode): boolean {
    if (node.kind !== 'object') return false;
    for (const { name, value } of node.members ?? []) {
      if (columnName(name) !== name) return false;
      if (value.kind === 'null') continue;
      const column = this.#columns.get(name);
      if (column ? !column.holds(text, value) : !isEmpty(value)) return false;
    }
    return true;
  }

  accepts(_text: string, node: JsonNode): boolean {
    return node.kind === 'object';
  }

  write(text: string, node: JsonNode, growth: Growth): string {
    const members: string[] = [];
    const extra: string[] = [];
    for (const member of node.members ?? []) {
      const place = this.#place(text, member, growth);
      if (place)
        members.push(`${nameText(text, member, place.name)}:${valueText(text, member.value, place, growth)}`);
      else extra.push(`${text.slice(member.nameStart, member.nameEnd)}:${compact(text, member.value)}`);
    }
    if (extra.length > 0) {
      members.push(`"${EXTRA}":{${extra.join(',')}}`);
      this.#openExtra(growth);
    }
    return `{${members.join(',')}}`;
  }

  /** Undefined: there is no column for it, and no room for one. */
  #place(text: string, member: JsonMember, growth: Growth): Place | undefined {
    const { value } = member;
    const origin = columnName(member.name);
    const bare = this.#columns.get(origin);
    if (value.kind === 'null' || bare?.accepts(text, value)) return { name: origin, column: bare };
    const name = bare ? this.#split(text, origin, bare, value) : origin;
    const column = this.#columns.get(name);
    if (column || !hasType(value)) return { name, column };
    return this.#birth(name, growth.columnOf(text, value), growth);
  }

  /** The split column for a value that the column itself does not accept: one that is there, else the name of a new one. */
  #split(text: string, origin: string, bare: Column, value: JsonNode): string {
    const suffixes = SPLITS[typeOf(text, value)];
    const existing = suffixes.find((suffix) => this.#columns.get(origin + suffix)?.accepts(text, value));
    if (existing !== undefined) return origin + existing;
    const isArrayElsewhere = bare.type === 'array' || this.#columns.has(`${origin}__ar`);
    return origin + (value.kind === 'array' && isArrayElsewhere ? UNTYPED : suffixes[0]);
  }

  #birth(name: string, typed: Column, growth: Growth): Place | undefined {
    const column = name.endsWith(UNTYPED) ? new UntypedColumn() : typed;
    const count = this.#columns.size - (this.#columns.has(EXTRA) ? 1 : 0);
    if (count >= MAX_PROPERTIES_PER_OBJECT || !growth.hasRoomFor(column)) return undefined;
    this.bear(name, column, growth);
    return { name, column };
  }

  /** Adds a column that comes from the data, whatever the caps. */
  bear(name: string, column: Column, growth: Growth): void {
    this.#columns.set(name, column);
    growth.add(column.weight());
  }

  #openExtra(growth: Growth): void {
    if (this.#columns.has(EXTRA)) return;
    this.#columns.set(EXTRA, new UntypedColumn());
    growth.note();
  }

  adopt(base: Column, growth: Growth): void {
    if (!(base instanceof ObjectColumn)) return;
    for (const [name, column] of base.#columns) {
      const mine = this.#columns.get(name);
      if (mine) mine.adopt(column, growth);
      else this.bear(name, column, growth);
    }
  }

  /** With one more for the `_sdc_extra` that may come. */
  weight(): number {
    let weight = 2;
    for (const [name, column] of this.#columns) weight += name === EXTRA ? 0 : column.weight();
    return weight;
  }

  toSchema(): JsonSchema {
    return { type: ['null', 'object'], ...this.properties(), ...this.#keywords };
  }

  /** As a part of the schema; nothing while there are none. */
  properties(): { properties?: JsonObject } {
    if (this.#columns.size === 0) return {};
    const properties: JsonObject = Object.create(null); // a column may be called __proto__
    for (const [name, column] of this.#columns) properties[name] = column.toSchema();
    return { properties };
  }
}

function isEmpty(node: JsonNode): boolean {
  return node.members?.length === 0 || node.items?.length === 0;
}

function nameText(text: string, member: JsonMember, name: string): string {
  return name === member.name ? text.slice(member.nameStart, member.nameEnd) : JSON.stringify(name);
}

function valueText(text: string, value: JsonNode, place: Place, growth: Growth): string {
  if (value.kind === 'null') return 'null';
  return (place.column ?? growth.passing(value)).write(text, value, growth);
}

/** How a stream's columns come to be, and how many there are. */
export class Growth {
  #properties: number;
  #grew = false;

  /** @param properties of the stream so far, by the count of `MAX_PROPERTIES_PER_STREAM`. */
  constructor(properties: number) {
    this.#properties = properties;
  }

  hasRoomFor(column: Column): boolean {
    return this.#properties + column.weight() <= MAX_PROPERTIES_PER_STREAM;
  }

  add(properties: number): void {
    this.#properties += properties;
    this.note();
  }

  /** A column has changed. */
  note(): void {
    this.#grew = true;
  }

  /** Did anything change since this was last asked? */
  takeGrew(): boolean {
    const grew = this.#grew;
    this.#grew = false;
    return grew;
  }

  /** A new column for a value that has a type, with no columns of its own yet: writing the value adds them. */
  columnOf(text: string, node: JsonNode): Column {
    const type = typeOf(text, node);
    if (type === 'object') return new ObjectColumn();
    return type === 'array' ? new ArrayColumn(commonItems(text, node, this)) : new ScalarColumn(type);
  }

  /** The items of an array column that had none; undefined while no item has a type. */
  itemsOf(text: string, node: JsonNode): Column | undefined {
    const items = commonItems(text, node, this);
    if (items) this.add(items.weight() - 1);
    return items;
  }

  /** Stands in where a value without type has no column: names within it are renamed all the same. */
  passing(node: JsonNode): Column {
    return node.kind === 'object' ? new ObjectColumn() : new ArrayColumn();
  }
}

/** Decided by the first item that has a type; items of no type when another item does not fit that one. */
function commonItems(text: string, node: JsonNode, growth: Growth): Column | undefined {
  const items = node.items ?? [];
  const first = items.find(hasType);
  if (first === undefined) return undefined;
  const column = growth.columnOf(text, first);
  return items.every((item) => item.kind === 'null' || column.accepts(text, item))
    ? column
    : new UntypedColumn();
}
