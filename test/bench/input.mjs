// The input of the target benchmarks: made once, kept in an ignored folder, and given to a process through a pipe.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peakMemory } from './measure.mjs';
import { singerLines } from './records.mjs';

const cache = fileURLToPath(new URL('../../.bench', import.meta.url));

/** Path of a file with so many records; made when absent. */
export async function makeInput(records) {
  const input = join(cache, `records-${records}.singer`);
  if (existsSync(input)) return input;
  mkdirSync(cache, { recursive: true });
  const file = createWriteStream(input);
  for (const lines of singerLines(records)) if (!file.write(lines)) await once(file, 'drain');
  await new Promise((resolve) => file.end(resolve));
  return input;
}

/** Mean bytes of a line. */
export function bytesALine(input, records) {
  return (statSync(input).size / records).toFixed(0);
}

/** Seconds and peak memory (MiB) of `cat input | node args`. */
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
