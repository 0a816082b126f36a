// The input of the target benchmarks: made once, kept in an ignored folder, and given to a process through a pipe.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, option, peakMemory, printTable, runRounds } from './measure.mjs';
import { singerLines } from './records.mjs';

const cache = fileURLToPath(new URL('../../.bench', import.meta.url));
const yardstick = fileURLToPath(new URL('./yardstick-json-parse.mjs', import.meta.url));
const YARDSTICK = 'JSON.parse alone';

/**
 * Measures ways to load the same records, each round after a process that only does JSON.parse on them, and prints the table.
 * @param variants name → (input) → `runOn(input, …)`.
 */
export async function benchTarget(variants) {
  const records = option('records', 1_000_000);
  const rounds = option('rounds', 3);
  const input = await makeInput(records);
  const results = await runRounds(
    rounds,
    new Map([
      [YARDSTICK, () => runOn(input, [yardstick])],
      ...Object.entries(variants).map(([name, variant]) => [name, () => variant(input)]),
    ]),
  );
  const rate = (name) => records / median(results.get(name).map((result) => result.seconds));
  const bytes = (statSync(input).size / records).toFixed(0);
  console.log(`${records} records, ${bytes} bytes per line, median of ${rounds} rounds`);
  printTable([
    ['process', 'records/s', 'ratio', 'peak MiB'],
    ...[...results].map(([name, all]) => [
      name,
      Math.round(rate(name)),
      (rate(name) / rate(YARDSTICK)).toFixed(2),
      Math.max(...all.map((result) => result.memory)).toFixed(0),
    ]),
  ]);
}

/** Returns the path of a file with so many records, which is created when it is absent. */
async function makeInput(records) {
  const input = join(cache, `records-${records}.singer`);
  if (existsSync(input)) return input;
  mkdirSync(cache, { recursive: true });
  const file = createWriteStream(input);
  for (const lines of singerLines(records)) if (!file.write(lines)) await once(file, 'drain');
  await new Promise((resolve) => file.end(resolve));
  return input;
}

/** Runs `cat input | node args` and returns its seconds and peak memory (MiB). */
export async function runOn(input, args) {
  const start = performance.now();
  const cat = spawn('cat', [input], { stdio: ['ignore', 'pipe', 'inherit'] });
  const child = spawn(process.execPath, args, { stdio: [cat.stdout, 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  let memory = 0;
  const poll = setInterval(() => {
    memory = Math.max(memory, peakMemory(child.pid) || 0);
  }, 20);
  const [code] = await once(child, 'close');
  clearInterval(poll);
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${log}`);
  return { seconds: (performance.now() - start) / 1000, memory };
}
