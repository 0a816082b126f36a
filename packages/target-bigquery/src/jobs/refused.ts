import type { LoadResult } from '@tap-webhooks/target-core';
import type { JobInfo, JobProblem } from '../api/service.js';
import { rowAt, type SpoolFile } from '../encode/spool.js';

export type Refused = LoadResult['refused'][number];

/**
 * Returns the rows that a job names as bad: index to reason. BigQuery names the byte at which a row begins
 * ("JSON parsing error in row starting at position 48: …"), or in other messages the number of the row. A job lists only
 * some of the bad rows.
 */
export function badRows(job: JobInfo, spool: SpoolFile): Map<number, string> {
  const found = new Map<number, string>();
  for (const problem of [job.failure, ...job.problems]) {
    if (problem === undefined) continue;
    const index = indexOf(problem, spool);
    if (index !== undefined && !found.has(index)) found.set(index, reasonOf(problem));
  }
  return found;
}

const BYTE = /\b(?:position|byte offset|offset)[: ]+(\d+)/i;
const LINE = /\b(?:line|row)(?: number)?[: ]+(\d+)/i;

function indexOf({ message: whole, location = '' }: JobProblem, spool: SpoolFile): number | undefined {
  const message = whole.replace(/\bvalue: .*$|["'`].*$/is, ''); // a quoted value at the end may look like a place
  const byte = BYTE.exec(message) ?? BYTE.exec(location);
  if (byte) return rowAt(spool, Number(byte[1]));
  if (/too many errors|giving up/i.test(message)) return undefined; // its numbers are counts, not places
  const line = LINE.exec(message) ?? LINE.exec(location);
  const index = line ? Number(line[1]) - 1 : undefined;
  return index !== undefined && index >= 0 && index < spool.starts.length ? index : undefined;
}

/** Returns the service's reason, without the words that every message has around it. */
function reasonOf({ message }: JobProblem): string {
  const text = message
    .replace(/^Error while reading data, error message:\s*/i, '')
    .replace(/^JSON (?:parsing|processing) error in row starting at position \d+:\s*/i, '')
    .trim();
  return `BigQuery refused the row: ${text === '' ? 'it gave no reason' : text}`;
}

/** Returns the reason for rows that a job left out without naming them. */
export function unnamedReason(job: JobInfo): string {
  const [first] = job.problems;
  return first ? reasonOf(first) : 'BigQuery refused the row and gave no reason';
}
