import {
  compact,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  type JsonSchema,
} from '@tap-webhooks/singer';
import type { Column } from './column.js';
import type { Growth } from './growth.js';
import { MAX_PROPERTIES_PER_OBJECT } from './limits.js';
import { columnName, EXTRA } from './names.js';
import { hasType, SPLITS, typeOf, UNTYPED } from './types.js';
import { UntypedColumn } from './untyped-column.js';

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
