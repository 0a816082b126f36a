import {
  columnName,
  compact,
  type JsonMember,
  type JsonNode,
  type JsonSchema,
  LIMIT,
  parseJson,
} from '@tap-webhooks/singer';
import { ArrayColumn } from './array-column.js';
import type { Column } from './column.js';
import { type Naming, objectFromSchema } from './from-schema.js';
import { checkKey } from './keys.js';
import { ObjectColumn } from './object-column.js';
import { overLimit } from './over-limit.js';
import type { SavedNames } from './recurring-names.js';
import { innerPathBytes } from './size.js';
import { StreamColumns } from './stream-columns.js';
import { mayHoldTypeless, splitSource } from './values.js';

/** An event has one level less: the object in `_sdc_extra`. */
const ROW_LEVELS = LIMIT.eventLevels + 1;

/** What is stored of a shape: plain JSON. */
export interface SavedShape {
  /** JSON Schema of an object: the payload's columns. */
  schema: JsonSchema;
  /** Split column → the column it was split from. Dotted paths; an array adds no step. */
  splits: Record<string, string>;
  /** How names recur in objects of many columns, by the JSON of the object's path. Absent when there is no such object. */
  names?: Record<string, SavedNames>;
}

/**
 * The columns of one stream, as a given schema and the events so far made them. Columns are only ever added, and no column
 * changes its type except from integer to number. Synchronous, and the result of an event depends on the shape alone.
 */
export class StreamShape {
  readonly #root: ObjectColumn;
  readonly #keyProperties: readonly string[];
  readonly #columns: StreamColumns;

  private constructor(root: ObjectColumn, keyProperties: readonly string[], maxMapKeys: number) {
    this.#root = root;
    this.#keyProperties = keyProperties;
    this.#columns = new StreamColumns(root.size(), maxMapKeys);
  }

  /**
   * Returns the shape of a stream before its first event.
   * @param base schema of the payload with the sender's names (a provider's or the user's). Its columns are renamed like
   * the members of any event.
   * @param keyProperties top-level fields, as the sender names them; empty: no event is refused.
   * @param maxMapKeys columns from which on an object whose names hardly recur gets no others.
   */
  static begin(
    base: JsonSchema | undefined,
    keyProperties: readonly string[],
    maxMapKeys = Number.POSITIVE_INFINITY,
  ): StreamShape {
    const root = objectFromSchema(base ?? {}, given(keyProperties));
    return new StreamShape(root, keyProperties, maxMapKeys);
  }

  /** Returns the shape that `save` described. Columns that only `base` has are added at the end; no saved one changes. */
  static restore(
    saved: SavedShape,
    base: JsonSchema | undefined,
    keyProperties: readonly string[],
    maxMapKeys = Number.POSITIVE_INFINITY,
  ): StreamShape {
    const stored = { ...saved.schema, ...definitionsOf(saved.schema, base) };
    const root = objectFromSchema(stored, asStored(keyProperties));
    const shape = new StreamShape(root, keyProperties, maxMapKeys);
    if (base) root.merge(objectFromSchema(base, given(keyProperties)), shape.#columns);
    for (const [path, names] of Object.entries(saved.names ?? {}))
      objectAt(root, JSON.parse(path))?.restoreNames(names);
    shape.#columns.takeChanged();
    return shape;
  }

  /**
   * Returns the row of an event, and adds or widens columns where the event shows something new.
   * @param node the event in `text`, of kind `object`.
   * @returns the row as JSON text: the event as it was written, without white space outside strings. Only what does not fit
   * its column is renamed, moved or written as text.
   * @throws InvalidKey when the key is missing or does not fit its column; nothing has changed then.
   */
  fit(text: string, node: JsonNode): { row: string; grew: boolean } {
    for (const field of this.#keyProperties) {
      checkKey(text, field, memberOf(node, field), this.#root.columns.get(columnName(field)));
    }
    if (this.#root.fitsUnchanged(text, node)) {
      return { row: isCompact(node) ? text.slice(node.start, node.end) : compact(text, node), grew: false };
    }
    this.#addKeyColumns(text, node);
    const row = this.#root.write(text, node, this.#columns);
    return { row, grew: this.#columns.takeChanged() };
  }

  /**
   * Returns a row that was fitted when there were fewer columns, so that it fits those of now. Objects and arrays without a type
   * had no column then; where there is one now that does not take them, they go to the split column. Changes nothing.
   * @param row as `fit` returned it, with or without the generated key.
   */
  refit(row: string): string {
    return mayHoldTypeless(row) ? this.#root.refit(row, parseJson(row, { maxDepth: ROW_LEVELS })) : row;
  }

  /** Returns which limit a given schema exceeds, for "the schema …"; undefined when it exceeds none. */
  overLimit(): string | undefined {
    return overLimit(this.#root);
  }

  /** Returns what `restore` needs. Columns are in the order in which they were created, those of the schema first. */
  save(): SavedShape {
    const { type: _, ...schema } = this.#root.toSchema();
    const names = namesOf(this.#root);
    return {
      schema: { type: 'object', ...schema },
      splits: splitsOf(this.#root),
      ...(names.length > 0 && { names: Object.fromEntries(names) }),
    };
  }

  /** Columns of the key are added before all others, since no limit applies to them. */
  #addKeyColumns(text: string, node: JsonNode): void {
    for (const field of this.#keyProperties) {
      const name = columnName(field);
      const value = memberOf(node, field);
      if (value && !this.#root.columns.has(name)) {
        this.#root.add(name, this.#columns.columnFor(text, value, innerPathBytes(name, 0)), this.#columns);
      }
    }
  }
}

function given(keyProperties: readonly string[]): Naming {
  return { rename: columnName, pathBytes: 0, keys: new Set(keyProperties.map(columnName)), isGiven: true };
}

function asStored(keyProperties: readonly string[]): Naming {
  return { ...given(keyProperties), rename: (name) => name, isGiven: false };
}

/** Returns the object column at a path of names; arrays add no step. */
function objectAt(root: ObjectColumn, path: readonly string[]): ObjectColumn | undefined {
  let object: ObjectColumn | undefined = root;
  for (const name of path) object = objectIn(object?.columns.get(name));
  return object;
}

function objectIn(column: Column | undefined): ObjectColumn | undefined {
  if (column instanceof ArrayColumn) return objectIn(column.items);
  return column instanceof ObjectColumn ? column : undefined;
}

/** Sorted, like the splits. */
function namesOf(root: ObjectColumn): Array<readonly [path: string, names: SavedNames]> {
  const all: Array<readonly [string, SavedNames]> = [];
  collectNames(root, [], all);
  return all.sort(([one], [other]) => (one < other ? -1 : 1));
}

function collectNames(
  object: ObjectColumn,
  path: readonly string[],
  all: Array<readonly [path: string, names: SavedNames]>,
): void {
  const { names } = object;
  if (names) all.push([JSON.stringify(path), names]);
  for (const [name, column] of object.columns) {
    const inner = objectIn(column);
    if (inner) collectNames(inner, [...path, name], all);
  }
}

function memberOf(node: JsonNode, name: string): JsonNode | undefined {
  return node.members?.find((member) => member.name === name)?.value;
}

/** What columns refer to by `$ref`: the stored definitions, and those that a changed schema adds. */
function definitionsOf(stored: JsonSchema, base: JsonSchema | undefined): JsonSchema {
  const merged: JsonSchema = {};
  for (const keyword of ['$defs', 'definitions']) {
    if (base?.[keyword])
      merged[keyword] = { ...(base[keyword] as object), ...(stored[keyword] as object | undefined) };
  }
  return merged;
}

/** Sorted, since the order of creation is lost in a restart: JSON objects put names such as `7` first. */
function splitsOf(root: ObjectColumn): Record<string, string> {
  const splits = new Map<string, string>();
  collectSplits(root, '', splits);
  return Object.fromEntries([...splits].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function collectSplits(column: Column | undefined, prefix: string, splits: Map<string, string>): void {
  if (column instanceof ArrayColumn) collectSplits(column.items, prefix, splits);
  if (!(column instanceof ObjectColumn)) return;
  for (const [name, inner] of column.columns) {
    const origin = splitSource(name);
    if (origin !== undefined) splits.set(prefix + name, prefix + origin);
    collectSplits(inner, `${prefix}${name}.`, splits);
  }
}

/** True when `compact` would drop nothing: no white space outside strings, no earlier value of a repeated name. */
function isCompact(node: JsonNode): boolean {
  if (node.members) return areMembersCompact(node, node.members);
  if (node.items) return areItemsCompact(node, node.items);
  return true;
}

function areMembersCompact(node: JsonNode, members: readonly JsonMember[]): boolean {
  let at = node.start;
  for (const { nameStart, nameEnd, value } of members) {
    if (nameStart !== at + 1 || value.start !== nameEnd + 1 || !isCompact(value)) return false;
    at = value.end;
  }
  return endsAt(node, at);
}

function areItemsCompact(node: JsonNode, items: readonly JsonNode[]): boolean {
  let at = node.start;
  for (const item of items) {
    if (item.start !== at + 1 || !isCompact(item)) return false;
    at = item.end;
  }
  return endsAt(node, at);
}

/** @param at the end of the last part, or the start of the node when it has none. */
function endsAt(node: JsonNode, at: number): boolean {
  return node.end === (at === node.start ? at + 2 : at + 1);
}
