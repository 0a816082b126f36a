import { type JsonObject, type JsonSchema, memberSlices } from '@tap-webhooks/singer';
import type { Choice } from './selection.js';

/** What is removed from an object, by member name: the whole member (null), or parts of it. */
export type Cuts = ReadonlyMap<string, Cuts | null>;

/**
 * Returns what to remove from a stream's rows; undefined when nothing is removed.
 * @param isKept true for top-level columns that cannot be deselected.
 * @param splits a column that was split from a deselected one is removed too, unless the catalog selects it by name.
 */
export function cutsFor(
  choices: Choice,
  isKept: (column: string) => boolean,
  splits: { readonly [column: string]: string },
): Cuts | undefined {
  const cuts = cutsWithin(choices, isKept);
  for (const [column, source] of Object.entries(splits)) {
    if (selectionAt(choices, column) === undefined) cutSplit(cuts, source, column);
  }
  return cuts.size > 0 ? cuts : undefined;
}

type OpenCuts = Map<string, OpenCuts | null>;

function cutsWithin(choices: Choice, isKept?: (column: string) => boolean): OpenCuts {
  const cuts: OpenCuts = new Map();
  for (const [name, choice] of choices.inner) {
    if (isKept?.(name)) continue;
    if (choice.selected === false) {
      cuts.set(name, null);
      continue;
    }
    const inner = cutsWithin(choice);
    if (inner.size > 0) cuts.set(name, inner);
  }
  return cuts;
}

function selectionAt({ inner }: Choice, path: string): boolean | undefined {
  for (const [name, rest] of readings(path)) {
    const choice = inner.get(name);
    const selected = rest === undefined ? choice?.selected : choice && selectionAt(choice, rest);
    if (selected !== undefined) return selected;
  }
  return undefined;
}

/** Removes a split column wherever its source is removed. Beside a removed object there is nothing more to remove. */
function cutSplit(cuts: OpenCuts, source: string, column: string): void {
  for (const [name, rest] of readings(source)) {
    const cut = cuts.get(name);
    if (rest === undefined && cut === null) cuts.set(column, null);
    if (rest !== undefined && cut) cutSplit(cut, rest, column.slice(name.length + 1));
  }
}

/**
 * Yields each reading of a dotted path as a name and the rest of the path; the rest is undefined for the path as one name. A
 * name may hold dots itself, so `a.b` is `b` in the object `a`, or the column `a.b`.
 */
function* readings(path: string): Generator<readonly [name: string, rest: string | undefined]> {
  for (let at = path.indexOf('.'); at >= 0; at = path.indexOf('.', at + 1)) {
    yield [path.slice(0, at), path.slice(at + 1)];
  }
  yield [path, undefined];
}

/** Returns whether a column is removed. @param path dotted, as in `x-sdc-splits` and `x-sdc-latest-by`. */
export function isCut(cuts: Cuts | undefined, path: string): boolean {
  if (cuts === undefined) return false;
  for (const [name, rest] of readings(path)) {
    const cut = cuts.get(name);
    if (cut === null || (cut && rest !== undefined && isCut(cut, rest))) return true;
  }
  return false;
}

/** Returns the row without what is removed. The rest keeps its text. @param row JSON text of an object. */
export function cutRow(row: string, cuts: Cuts): string {
  const members: string[] = [];
  for (const { name, nameStart, start, end } of memberSlices(row)) {
    const cut = cuts.get(name);
    if (cut === null) continue;
    const value = row.slice(start, end);
    members.push(
      row.slice(nameStart, start) + (cut !== undefined && value.startsWith('{') ? cutRow(value, cut) : value),
    );
  }
  return `{${members.join(',')}}`;
}

/** Returns the schema of rows after `cutRow`. */
export function cutSchema(schema: JsonSchema, cuts: Cuts): JsonSchema {
  if (typeof schema.properties !== 'object' || schema.properties === null) return schema;
  const properties = Object.entries(schema.properties as JsonObject).flatMap(([name, property]) => {
    const cut = cuts.get(name);
    if (cut === null) return [];
    return [[name, cut === undefined ? property : cutSchema(property as JsonSchema, cut)] as const];
  });
  const remaining: JsonSchema = { ...schema, properties: Object.fromEntries(properties) };
  if (Array.isArray(schema.required))
    remaining.required = schema.required.filter((name) => cuts.get(name) !== null);
  return remaining;
}
