import type { KindName } from './kinds/index.js';
import type { RunResult } from './run.js';

type Seen = Pick<RunResult, 'options' | 'faults' | 'kills' | 'recognised' | 'verdict' | 'injected'>;

/** A kill per so many seconds, when kills are asked for. */
const SECONDS_PER_KILL = 12;
/** Acknowledged webhooks per second, at least. */
const ACKNOWLEDGED_PER_SECOND = 2;
/** A run shorter than this is too short for the counts below. */
const SHORT_SECONDS = 10;

/**
 * Returns a sentence for each thing that the run saw too little of to prove anything.
 * @param kinds those that this machine can do.
 */
export function tooLittle(seen: Seen, kinds: readonly KindName[]): string[] {
  const { seconds } = seen.options;
  if (seconds < SHORT_SECONDS) return [];
  const made = new Set(seen.faults.map(({ kind }) => kind));
  const never = kinds.filter((kind) => !made.has(kind));
  return [
    ...few(seen.verdict.acknowledged, seconds * ACKNOWLEDGED_PER_SECOND, 'acknowledged webhooks'),
    ...few(seen.recognised, 1, 'repeated deliveries'),
    ...(kinds.includes('kill') ? few(seen.kills, seconds / SECONDS_PER_KILL, 'kills') : []),
    ...(kinds.includes('io') ? few(sum(seen.injected), 1, 'injected errors') : []),
    ...(never.length > 0 ? [`The run saw too little: no fault of the kinds ${never.join(', ')}`] : []),
  ];
}

function few(count: number, least: number, what: string): string[] {
  return count >= least ? [] : [`The run saw too little: ${count} ${what}, fewer than ${Math.ceil(least)}`];
}

function sum(counts: { readonly [name: string]: number }): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
