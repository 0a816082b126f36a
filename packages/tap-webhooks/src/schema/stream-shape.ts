import { compact, type JsonNode, type JsonSchema } from '@tap-webhooks/singer';
import { isCompact } from './compactness.js';
import { type Naming, objectFromSchema } from './from-schema.js';
import { Growth } from './growth.js';
import { keyProblem } from './keys.js';
import { columnName } from './names.js';
import type { ObjectColumn } from './object-column.js';
import { splitsOf } from './splits.js';
import { Unfit } from './unfit.js';

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
