import { compact, type JsonNode, type JsonSchema } from '@tap-webhooks/singer';
import { ArrayColumn, type Column, Growth, ObjectColumn } from './columns.js';
import { type Naming, objectFromSchema } from './from-schema.js';
import { columnName, splitOrigin } from './names.js';
import { typeOf } from './values.js';

/** An event that cannot become a row: it goes to the quarantine. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
  /** A sentence that names the field; it never quotes a value. */
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Is there nothing to drop: no white space outside strings, and no earlier value of a name that stands twice? */
export function isCompact(node: JsonNode): boolean {
  if (node.members) return areMembersAdjacent(node);
  if (node.items) return areItemsAdjacent(node);
  return true;
}

function areMembersAdjacent(node: JsonNode): boolean {
  let at = node.start;
  for (const { nameStart, nameEnd, value } of node.members ?? []) {
    if (nameStart !== at + 1 || value.start !== nameEnd + 1 || !isCompact(value)) return false;
    at = value.end;
  }
  return endsAt(node, at);
}

function areItemsAdjacent(node: JsonNode): boolean {
  let at = node.start;
  for (const item of node.items ?? []) {
    if (item.start !== at + 1 || !isCompact(item)) return false;
    at = item.end;
  }
  return endsAt(node, at);
}

/** @param at past the last part, or the start when there is none. */
function endsAt(node: JsonNode, at: number): boolean {
  return node.end === (at === node.start ? at + 2 : at + 1);
}

/**
 * Why a value cannot be (part of) a row's key: a sentence, or undefined when it can. A key must stand in its own column,
 * as it was sent, or rows would lose it.
 * @param field as the sender names it.
 * @param value undefined: the event has no such member.
 * @param column undefined: not born yet.
 */
export function keyProblem(
  text: string,
  field: string,
  value: JsonNode | undefined,
  column: Column | undefined,
): string | undefined {
  const key = `The key field ${JSON.stringify(field)}`;
  if (value === undefined) return `${key} is missing.`;
  if (value.kind === 'null') return `${key} is null.`;
  if (value.kind === 'object' || value.kind === 'array') {
    return `${key} is an ${value.kind}; a key is a string, a number or a boolean.`;
  }
  const isUntyped = column !== undefined && column.type === undefined;
  if (value.kind === 'number' && !isUntyped && typeOf(text, value) === 'string') {
    return `${key} is a number that no column holds exactly.`;
  }
  if (column && !column.accepts(text, value)) {
    return `${key} is a ${value.kind}, which its column of type ${column.type} does not take.`;
  }
  return undefined;
}

/**
 * Every split column with the column it was split from: dotted paths, arrays passed through without a step. Sorted, since
 * the order of birth does not outlive a restart (JSON objects put names like `7` first).
 */
export function splitsOf(root: ObjectColumn): Record<string, string> {
  const splits = new Map<string, string>();
  collect(root, '', splits);
  return Object.fromEntries([...splits].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function collect(column: Column | undefined, prefix: string, splits: Map<string, string>): void {
  if (column instanceof ArrayColumn) collect(column.items, prefix, splits);
  if (!(column instanceof ObjectColumn)) return;
  for (const [name, inner] of column.columns) {
    const origin = splitOrigin(name);
    if (origin !== undefined) splits.set(prefix + name, prefix + origin);
    collect(inner, `${prefix}${name}.`, splits);
  }
}

/** What is stored of a shape: plain JSON. */
export interface SavedShape {
  /** JSON Schema of an object: the payload's columns. */
  schema: JsonSchema;
  /** Split column → column it was split from; dotted paths, arrays passed through without a step. */
  splits: Record<string, string>;
}

/**
 * The columns of one stream, as a schema and the events so far made them. They only ever become more, and none changes
 * its type but from integer to number. Synchronous and pure: what it makes of an event depends on the shape alone.
 */
export class StreamShape {
  readonly #root: ObjectColumn;
  readonly #keyProperties: readonly string[];
  readonly #growth: Growth;

  private constructor(root: ObjectColumn, keyProperties: readonly string[]) {
    this.#root = root;
    this.#keyProperties = keyProperties;
    this.#growth = new Growth(root.weight() - 1); // the row itself is no property
  }

  /**
   * @param base schema of the payload as its sender names things (a preset's or the user's); columns are renamed like any
   * event's members.
   * @param keyProperties top-level fields, as the sender names them; empty: no event is refused.
   */
  static begin(base: JsonSchema | undefined, keyProperties: readonly string[]): StreamShape {
    return new StreamShape(objectFromSchema(base ?? {}, naming(columnName, keyProperties)), keyProperties);
  }

  /** Goes on from what `save` gave. Columns that `base` has beyond it are added at the end; no stored one changes. */
  static restore(
    saved: SavedShape,
    base: JsonSchema | undefined,
    keyProperties: readonly string[],
  ): StreamShape {
    const stored = { ...saved.schema, ...definitionsOf(saved.schema, base) };
    const root = objectFromSchema(
      stored,
      naming((name) => name, keyProperties),
    );
    const shape = new StreamShape(root, keyProperties);
    if (base) root.adopt(objectFromSchema(base, naming(columnName, keyProperties)), shape.#growth);
    shape.#growth.takeGrew();
    return shape;
  }

  /**
   * Makes the row of an event, and grows where the event shows something new.
   * @param node the event in `text`, of kind `object`.
   * @returns the row as JSON text: the event as it was written, without white space outside strings; only what has no
   * place in its column is renamed, moved or written as text.
   * @throws Unfit when its key is missing or has no place in its column; nothing has grown then.
   */
  fit(text: string, node: JsonNode): { row: string; grew: boolean } {
    this.#checkKeys(text, node);
    if (this.#root.holds(text, node)) {
      return { row: isCompact(node) ? text.slice(node.start, node.end) : compact(text, node), grew: false };
    }
    this.#bearKeys(text, node);
    const row = this.#root.write(text, node, this.#growth);
    return { row, grew: this.#growth.takeGrew() };
  }

  /** What `restore` goes on from. The order of columns is that of their birth, those of the schema first. */
  save(): SavedShape {
    const { type: _, ...schema } = this.#root.toSchema();
    return { schema: { type: 'object', ...schema }, splits: splitsOf(this.#root) };
  }

  #checkKeys(text: string, node: JsonNode): void {
    for (const field of this.#keyProperties) {
      const problem = keyProblem(
        text,
        field,
        memberOf(node, field),
        this.#root.columns.get(columnName(field)),
      );
      if (problem !== undefined) throw new Unfit(problem);
    }
  }

  /** Keys have a place beyond the caps, so theirs are born apart. */
  #bearKeys(text: string, node: JsonNode): void {
    for (const field of this.#keyProperties) {
      const name = columnName(field);
      const value = memberOf(node, field);
      if (value && !this.#root.columns.has(name)) {
        this.#root.bear(name, this.#growth.columnOf(text, value), this.#growth);
      }
    }
  }
}

function naming(rename: Naming['rename'], keyProperties: readonly string[]): Naming {
  return { rename, keys: new Set(keyProperties.map(columnName)) };
}

function memberOf(node: JsonNode, name: string): JsonNode | undefined {
  return node.members?.find((member) => member.name === name)?.value;
}

/** What columns refer to by `$ref`: stored definitions, and those that a changed schema brings. */
function definitionsOf(stored: JsonSchema, base: JsonSchema | undefined): JsonSchema {
  const merged: JsonSchema = {};
  for (const keyword of ['$defs', 'definitions']) {
    if (base?.[keyword])
      merged[keyword] = { ...(base[keyword] as object), ...(stored[keyword] as object | undefined) };
  }
  return merged;
}
