import type { RunResult } from './run.js';

/** Returns what a run saw, in one line. */
export function summaryOf({
  options,
  faults,
  kills,
  recognised,
  injected,
  verdict,
  findings,
}: RunResult): string {
  const { seed, seconds, mode, target } = options;
  const injectedErrors = Object.values(injected).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(countBy(faults.map(({ kind }) => kind)))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
  return [
    `seed ${seed}, ${mode} into ${target}, ${seconds} s`,
    `faults: ${kinds || 'none'}`,
    `${kills} killed with -9`,
    ...(injectedErrors > 0 ? [`${injectedErrors} injected errors`] : []),
    `${verdict.acknowledged} answered 200, ${recognised} of them repeated and recognised`,
    `${verdict.due} rows due, ${verdict.rows} rows, ${verdict.missing} missing, ${verdict.twice} twice`,
    findings.length === 0 ? 'passed' : 'FAILED',
  ].join('; ');
}

function countBy(names: readonly string[]): { [name: string]: number } {
  const counts: { [name: string]: number } = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
