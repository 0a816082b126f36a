import { countBy, sum } from './numbers.js';
import { report } from './report.js';
import { type RunOptions, type RunResult, run } from './run.js';

/**
 * Runs one after the other, prints each, and then what all of them saw. The last line is the count of runs, as `.ci/run` reads
 * it. The exit code is 1 when a run failed.
 */
export async function runSeries(series: readonly RunOptions[]): Promise<void> {
  const start = Date.now();
  const results: Array<RunResult | undefined> = [];
  for (const options of series) results.push(await reported(options));
  printTotals(results.filter((result) => result !== undefined));
  const failed = results.filter((result) => result === undefined || result.findings.length > 0).length;
  console.log(`${Math.round((Date.now() - start) / 1000)} s`);
  console.log(`${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

/** @returns undefined when the run could not be made. */
async function reported(options: RunOptions): Promise<RunResult | undefined> {
  try {
    const result = await run(options);
    report(result, false);
    return result;
  } catch (cause) {
    console.log(`seed ${options.seed} could not be run: ${(cause as Error).stack}`);
    return undefined;
  }
}

function printTotals(results: readonly RunResult[]): void {
  const verdicts = results.map(({ verdict }) => verdict);
  const faults = countBy(results.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  const kinds = [...faults].map(([kind, count]) => `${count} ${kind}`);
  console.log(
    [
      `all runs: ${sum(results.map(({ kills }) => kills))} killed with -9`,
      `${sum(results.map(({ injected }) => sum(Object.values(injected))))} injected errors`,
      `faults: ${kinds.join(', ')}`,
      `${sum(verdicts.map(({ acknowledged }) => acknowledged))} answered 200`,
      `${sum(verdicts.map(({ due }) => due))} rows due`,
      `${sum(verdicts.map(({ missing }) => missing))} missing`,
      `${sum(verdicts.map(({ twice }) => twice))} twice`,
    ].join('; '),
  );
}
