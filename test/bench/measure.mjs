// What the benchmarks share: the measured programs, rounds, the table, and what Linux tells about a process.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout whose built programs are measured: this one, or that of `--programs FOLDER`. */
const checkout = text('programs', fileURLToPath(new URL('../..', import.meta.url)));

/** Returns the path of a program, e.g. `tap-webhooks`. */
export function program(name) {
  return join(checkout, 'packages', name, 'bin', `${name}.js`);
}

/** Path of the fake BigQuery that belongs to the programs. */
export const fakeBigQuery = join(checkout, 'test/dist/fake-bigquery/main.js');

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * Runs each variant once per round, one after the other, and returns what they measured. With `--json FILE` the results
 * of all rounds go to that file too, for compare.mjs.
 * @param variants name → a function that runs it and resolves to its figures.
 * @returns name → figures of each round.
 */
export async function runRounds(rounds, variants) {
  const results = new Map([...variants.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, variant] of variants) results.get(name).push(await variant());
  }
  const file = text('json', '');
  if (file !== '') writeFileSync(file, JSON.stringify(Object.fromEntries(results)));
  return results;
}

/** Prints rows of cells as a table; the first row is the heading. */
export function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => String(cell)[column === 0 ? 'padEnd' : 'padStart'](widths[column]))
        .join('  '),
    );
  }
}

/** Returns the CPU time of a process so far, in all its threads, in microseconds (Linux; NaN elsewhere). */
export function cpuMicroseconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000; // ticks of 1/100 s
  } catch {
    return Number.NaN;
  }
}

/** Returns the peak resident memory of a process so far, in MiB (Linux; NaN elsewhere). */
export function peakMemory(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Returns the value of `--name value` on the command line as a number. */
export function option(name, byDefault) {
  return Number(text(name, byDefault));
}

function text(name, byDefault) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? byDefault : process.argv[at + 1];
}
