import type { Verdict } from './inbox.js';

/** What became of one delivery of several: `refused` alone, while the others were recorded. */
export type Outcome = Verdict | { readonly kind: 'refused'; readonly reason: string };

/** @throws Error when it was refused. */
export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome;
}
