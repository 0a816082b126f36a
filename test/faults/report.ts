import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countBy, sum } from './numbers.js';
import { commandOf } from './options.js';
import { removePlace } from './place.js';
import type { RunResult } from './run.js';

/** Prints what a run saw, and writes its report. The folder is kept after a fault, or when `keep` says so. */
export function report(result: RunResult, keep: boolean): void {
  const { options, findings, cannot, folder } = result;
  const command = commandOf(options);
  writeFileSync(join(folder, 'report.json'), JSON.stringify({ ...result, command }, null, 2));
  for (const [kind, why] of Object.entries(cannot)) console.log(`cannot be done here: ${kind}, since ${why}`);
  for (const finding of findings) console.log(`fault: ${finding}`);
  console.log(summaryOf(result));
  if (findings.length > 0) console.log(`repeat it: ${command}`);
  if (findings.length > 0 || keep) console.log(`report, logs and files: ${folder}`);
  else removePlace(folder);
}

function summaryOf({
  options,
  faults,
  kills,
  recognised,
  injected,
  deviceErrors,
  verdict,
  findings,
}: RunResult): string {
  const { seed, seconds, mode, target } = options;
  const errors = sum(Object.values(injected));
  const kinds = [...countBy(faults.map(({ kind }) => kind))].map(([kind, count]) => `${count} ${kind}`);
  return [
    `seed ${seed}, ${mode} into ${target}, ${seconds} s`,
    `faults: ${kinds.join(', ') || 'none'}`,
    `${kills} killed with -9`,
    ...(errors > 0 ? [`${errors} injected errors`] : []),
    ...(deviceErrors > 0 ? [`${deviceErrors} errors of the device`] : []),
    `${verdict.acknowledged} answered 200, ${recognised} of them repeated and recognised`,
    `${verdict.due} rows due, ${verdict.rows} rows, ${verdict.missing} missing, ${verdict.twice} twice`,
    findings.length === 0 ? 'passed' : 'FAILED',
  ].join('; ');
}
