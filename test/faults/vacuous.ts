import type { KindName } from './kinds/index.js';

/** What a run has seen so far. */
export interface Seen {
  /** Webhooks that were answered 200. */
  readonly acknowledged: number;
  /** Deliveries that were sent again and recognised. */
  readonly recognised: number;
  /** Programs that were killed with -9. */
  readonly kills: number;
  readonly injectedErrors: number;
  /** How often the file system said that its device failed. */
  readonly deviceErrors: number;
  /** The kind of each fault. */
  readonly faults: readonly KindName[];
}

/** A kill per so many seconds, when kills are asked for. */
const SECONDS_PER_KILL = 12;
/** Acknowledged webhooks per second, at least. */
const ACKNOWLEDGED_PER_SECOND = 2;
/** A run shorter than this is too short for the counts below. */
const SHORT_SECONDS = 10;

/**
 * Returns a sentence for each thing that a run saw too little of to prove anything.
 * @param kinds those that this machine can do.
 */
export function tooLittle(seen: Seen, seconds: number, kinds: readonly KindName[]): string[] {
  if (seconds < SHORT_SECONDS) return [];
  const never = kinds.filter((kind) => !seen.faults.includes(kind));
  return [
    ...few(seen.acknowledged, seconds * ACKNOWLEDGED_PER_SECOND, 'acknowledged webhooks'),
    ...few(seen.recognised, 1, 'repeated deliveries'),
    ...(kinds.includes('kill') ? few(seen.kills, seconds / SECONDS_PER_KILL, 'kills') : []),
    ...(kinds.includes('io') ? few(seen.injectedErrors, 1, 'injected errors') : []),
    ...(kinds.includes('device') ? few(seen.deviceErrors, 1, 'errors of the device') : []),
    ...(never.length > 0 ? [`The run saw too little: no fault of the kinds ${never.join(', ')}`] : []),
  ];
}

function few(count: number, least: number, what: string): string[] {
  return count >= least ? [] : [`The run saw too little: ${count} ${what}, fewer than ${Math.ceil(least)}`];
}
