import type { Key, LostRange } from './readable-rows.js';

/** Keys of a table that cannot be read, from the first to the last. */
export interface Lost {
  readonly table: string;
  /** Absent when the range begins, or ends, with the table. */
  readonly from?: string;
  readonly to?: string;
}

/** Returns the ranges of one table in the order of their keys. Those that touch become one. */
export function lostKeys(table: string, ranges: readonly LostRange[]): Lost[] {
  const numbers: NumberRange[] = [];
  const texts: Lost[] = [];
  const others: Lost[] = [];
  for (const range of ranges) {
    const bounds = numbersOf(range);
    if (bounds) numbers.push(bounds);
    else
      (lengthOf(range) === 1 ? texts : others).push({
        table,
        ...text('from', range.after),
        ...text('to', range.before),
      });
  }
  return [
    ...joined(numbers).map(({ from, to }) => ({ table, ...numeral('from', from), ...numeral('to', to) })),
    ...joinedTexts(texts),
    ...others,
  ];
}

function lengthOf({ after, before }: LostRange): number {
  return (after ?? before ?? []).length;
}

interface NumberRange {
  readonly from: bigint | undefined;
  readonly to: bigint | undefined;
}

function numbersOf({ after, before }: LostRange): NumberRange | undefined {
  const [low, high] = [after?.[0], before?.[0]];
  const isNumber = (value: unknown) => value === undefined || typeof value === 'bigint';
  if (lengthOf({ after, before }) !== 1 || !isNumber(low) || !isNumber(high)) return undefined;
  if (low !== undefined && low === high) return { from: low as bigint, to: high as bigint };
  return {
    from: low === undefined ? undefined : (low as bigint) + 1n,
    to: high === undefined ? undefined : (high as bigint) - 1n,
  };
}

function joined(ranges: readonly NumberRange[]): NumberRange[] {
  const sorted = ranges
    .filter(({ from, to }) => from === undefined || to === undefined || from <= to)
    .sort((one, other) => Number((one.from ?? -1n) - (other.from ?? -1n)));
  const result: NumberRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    const touches = last && (last.to === undefined || range.from === undefined || range.from <= last.to + 1n);
    if (!touches) result.push(range);
    else if (last.to !== undefined && (range.to === undefined || range.to > last.to))
      result[result.length - 1] = { from: last.from, to: range.to };
  }
  return result;
}

/** Bounds belong to their range here, so ranges that share one touch. */
function joinedTexts(ranges: readonly Lost[]): Lost[] {
  const sorted = [...ranges].sort((one, other) => ((one.from ?? '') < (other.from ?? '') ? -1 : 1));
  const result: Lost[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    const touches = last && (last.to === undefined || (range.from ?? '') <= last.to);
    if (!touches) result.push(range);
    else if (last.to !== undefined && (range.to === undefined || range.to > last.to)) {
      const { to: _, ...begun } = last;
      result[result.length - 1] = range.to === undefined ? begun : { ...begun, to: range.to };
    }
  }
  return result;
}

function numeral<N extends string>(name: N, value: bigint | undefined): { [K in N]?: string } {
  return (value === undefined ? {} : { [name]: String(value) }) as { [K in N]?: string };
}

function text<N extends string>(name: N, key: Key | undefined): { [K in N]?: string } {
  return (key === undefined ? {} : { [name]: key.map(String).join(' ') }) as { [K in N]?: string };
}

/** Says in a few words which keys those are, such as `events 12 to 40`. */
export function describeLost({ table, from, to }: Lost): string {
  if (from === undefined) return to === undefined ? `all of ${table}` : `${table} up to ${to}`;
  if (to === undefined) return `${table} from ${from} on`;
  return from === to ? `${table} ${from}` : `${table} ${from} to ${to}`;
}
