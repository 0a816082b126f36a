import type { KindName } from './kinds/index.js';
import type { Ending, Role } from './program.js';

/** Exit codes that the READMEs document for a program in a run without faults of a disk. */
const USUAL: { readonly [role in Role]: readonly number[] } = {
  receiver: [0],
  // 6: the target is gone.
  tap: [0, 6],
  // 2: the tap was killed within a line.
  target: [0, 2],
};
/** Kinds during which files cannot be written. */
const DISK_KINDS: readonly KindName[] = ['power', 'io', 'full', 'device'];
/** Those of them that may park a table for good. */
export const PARKING_KINDS: readonly KindName[] = ['power', 'io', 'device'];
/** Codes that say so: 1 the inbox cannot be opened, 3 the destination refuses, 6 the state cannot be written, 7 the disk. */
const DISK_CODES = [1, 3, 6, 7];

/** Returns a sentence for each ending that no README documents, with how often it came. */
export function endingFindings(
  endings: readonly Ending[],
  stuck: readonly string[],
  kinds: readonly KindName[],
): string[] {
  const hasDiskFaults = kinds.some((kind) => DISK_KINDS.includes(kind));
  const odd = endings.filter(({ role, code, sent }) => {
    if (code === null) return sent === undefined;
    return !USUAL[role].includes(code) && !(hasDiskFaults && DISK_CODES.includes(code));
  });
  const sentences = odd.map(({ role, code, signal }) => `${role} ended with ${code ?? signal}`);
  return [...counted(sentences), ...counted(stuck)];
}

/** Returns a sentence for each program that was stopped cleanly and did not end with 0. */
export function stopFindings(endings: readonly Ending[]): string[] {
  const odd = endings.filter(({ code }) => code !== 0);
  return odd.map(({ role, code, signal }) => `${role} ended with ${code ?? signal} at the clean stop`);
}

function counted(sentences: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const one of sentences) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, times]) => (times === 1 ? one : `${one}, ${times} times`));
}
