import type { IncomingMessage } from 'node:http';
import { invalid } from '../refusal.js';
import type { Session } from '../upload-sessions.js';

/** "Upload files", resumable upload: chunks are multiples of 256 KiB, but for the last one. */
export const CHUNK_UNIT = 256 * 1024;
const RANGE = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/;

/** `Content-Range` in parts: first and last byte (absent when it only asks) and the total (`*`: not known yet). */
export function rangeOf({ headers }: IncomingMessage): RegExpExecArray | undefined {
  return RANGE.exec(headers['content-range'] ?? '') ?? undefined;
}

/** @returns what kind of PUT it is, by its headers alone. */
export function putKind(range: string | undefined): 'upload.ask' | 'upload.chunk' | 'upload.end' {
  const [, first, last, total] = RANGE.exec(range ?? '') ?? [];
  if (range === undefined) return 'upload.end';
  if (first === undefined) return 'upload.ask';
  return Number(last) + 1 === Number(total) ? 'upload.end' : 'upload.chunk';
}

export interface Extent {
  readonly first: number;
  readonly length: number;
  readonly total: number | undefined;
}

/** @throws Refusal 400 for a piece that does not fit the session. */
export function extentOf(
  { headers }: IncomingMessage,
  session: Session,
  range: RegExpExecArray | undefined,
): Extent {
  if (range === undefined) {
    const length = Number(headers['content-length'] ?? 0);
    return { first: 0, length, total: length };
  }
  const [, first, last, total] = range;
  const extent = { first: Number(first), length: Number(last) - Number(first) + 1 };
  const whole = total === '*' ? undefined : Number(total);
  if (session.total !== undefined && whole !== undefined && whole !== session.total)
    throw invalid(`Invalid request. The upload has ${session.total} bytes, Content-Range says ${whole}.`);
  const isLast = Number(last) + 1 === (whole ?? session.total);
  if (!isLast && extent.length % CHUNK_UNIT !== 0)
    throw invalid(`Invalid request. Chunks have to be multiples of ${CHUNK_UNIT} bytes.`);
  return { ...extent, total: whole };
}
