import { COLUMN, instantOf, memberSlices, readDateTime } from '@tap-webhooks/singer';
import type { Row } from '@tap-webhooks/target-core';
import type { QueryParameters } from '../api/service.js';

/** A time within which rows were received, in epoch ms. */
export interface Span {
  readonly earliest: number;
  readonly latest: number;
}

/** `_sdc_received_at` may be written finer than its milliseconds by other means; a wider bound only reads a little more. */
const MARGIN_MS = 1;
/** Rows that were received further apart are asked for with times of their own: the partitions between them are not read. */
const GAP_MS = 86_400_000;
const MOST_SPANS = 10;

/**
 * The times within which the rows were received: one span as a rule. An event that was retried or imported was received long
 * before its neighbours, and has a span of its own.
 * @returns undefined when a row says no such time.
 */
export function receivedWithin(rows: readonly Pick<Row, 'text'>[]): readonly Span[] | undefined {
  const times = Float64Array.from(rows, ({ text }) => receivedAt(text)).sort();
  const at = (index: number) => times[index] as number;
  if (times.length === 0 || Number.isNaN(at(times.length - 1))) return undefined; // NaN is sorted last
  const starts = Array.from(times.keys()).filter((index) => index > 0 && at(index) - at(index - 1) > GAP_MS);
  const widest = starts.sort((one, other) => at(other) - at(other - 1) - (at(one) - at(one - 1)));
  const cuts = [0, ...widest.slice(0, MOST_SPANS - 1).sort((one, other) => one - other), times.length];
  return cuts.slice(1).map((end, index) => ({ earliest: at(cuts[index] as number), latest: at(end - 1) }));
}

/** The end of a WHERE that leaves out rows which were received at other times. */
export function whereReceived(spans: readonly Span[]): string {
  const within = spans.map(
    (_, index) => `${COLUMN.receivedAt} BETWEEN @${named('earliest', index)} AND @${named('latest', index)}`,
  );
  return within.length === 1 ? ` AND ${within[0]}` : ` AND (${within.join(' OR ')})`;
}

/** The parameters of `whereReceived`. */
export function boundsOf(spans: readonly Span[]): QueryParameters {
  const timeAt = (ms: number) => ({ type: 'TIMESTAMP', value: new Date(ms).toISOString() }) as const;
  const bounds = spans.flatMap(({ earliest, latest }, index) => [
    [named('earliest', index), timeAt(earliest - MARGIN_MS)] as const,
    [named('latest', index), timeAt(latest + MARGIN_MS)] as const,
  ]);
  return Object.fromEntries(bounds);
}

/** `earliest`, `earliest2`, … */
function named(name: string, index: number): string {
  return index === 0 ? name : `${name}${index + 1}`;
}

/** Epoch ms; NaN when the row does not say. */
function receivedAt(text: string): number {
  const member = memberSlices(text).findLast(({ name }) => name === COLUMN.receivedAt);
  if (member === undefined || text[member.start] !== '"') return Number.NaN;
  const time = readDateTime(text.slice(member.start + 1, member.end - 1));
  const instant = time && instantOf(time);
  return instant === undefined ? Number.NaN : instant.seconds * 1000 + Math.floor(instant.micros / 1000);
}
