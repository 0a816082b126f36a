// npm run bench:target-jsonl - records a second and peak memory of target-jsonl on a million records of about 380 bytes,
// against a process that only finds the line ends and does JSON.parse. Targets: ratio at least 0.5, under 200 MB.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, option, peakMemory, printTable } from './measure.mjs';
import { singerLines } from './records.mjs';

const records = option('records', 1_000_000);
const rounds = option('rounds', 3);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const cache = here('../../.bench');
const input = join(cache, `records-${records}.singer`);
const bin = here('../../packages/target-jsonl/bin/target-jsonl.js');

async function makeInput() {
  if (existsSync(input)) return;
  mkdirSync(cache, { recursive: true });
  const file = createWriteStream(input);
  for (const lines of singerLines(records)) if (!file.write(lines)) await once(file, 'drain');
  await new Promise((resolve) => file.end(resolve));
}

/** Seconds and peak memory of `cat input | node args`. */
async function run(args) {
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

async function runTarget(settings) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-target-'));
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ destination_path: join(folder, 'out'), ...settings }));
  try {
    return await run([bin, '--config', config]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const variants = new Map([
  ['JSON.parse alone', () => run([here('yardstick-json-parse.mjs')])],
  ['target-jsonl, validation on', () => runTarget({})],
  ['target-jsonl, validation off', () => runTarget({ validate_records: false })],
]);
await makeInput();
const results = new Map([...variants.keys()].map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, variant] of variants) results.get(name).push(await variant());
}
const rate = (name) => records / median(results.get(name).map((result) => result.seconds));
console.log(
  `${records} records, ${(statSync(input).size / records).toFixed(0)} bytes a line, median of ${rounds} rounds`,
);
printTable([
  ['process', 'records/s', 'ratio', 'peak MiB'],
  ...[...results].map(([name, all]) => [
    name,
    Math.round(rate(name)),
    (rate(name) / rate('JSON.parse alone')).toFixed(2),
    Math.max(...all.map((result) => result.memory)).toFixed(0),
  ]),
]);
