// npm run bench:target-jsonl - records a second and peak memory of target-jsonl on a million records of about 380 bytes,
// against a process that only finds the line ends and does JSON.parse. Targets: ratio at least 0.5, under 200 MB.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesALine, makeInput, runOn } from './input.mjs';
import { median, option, printTable } from './measure.mjs';

const records = option('records', 1_000_000);
const rounds = option('rounds', 3);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const bin = here('../../packages/target-jsonl/bin/target-jsonl.js');

const input = await makeInput(records);

async function runTarget(settings) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-target-'));
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ destination_path: join(folder, 'out'), ...settings }));
  try {
    return await runOn(input, [bin, '--config', config]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const variants = new Map([
  ['JSON.parse alone', () => runOn(input, [here('yardstick-json-parse.mjs')])],
  ['target-jsonl, validation on', () => runTarget({})],
  ['target-jsonl, validation off', () => runTarget({ validate_records: false })],
]);
const results = new Map([...variants.keys()].map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, variant] of variants) results.get(name).push(await variant());
}
const rate = (name) => records / median(results.get(name).map((result) => result.seconds));
console.log(`${records} records, ${bytesALine(input, records)} bytes a line, median of ${rounds} rounds`);
printTable([
  ['process', 'records/s', 'ratio', 'peak MiB'],
  ...[...results].map(([name, all]) => [
    name,
    Math.round(rate(name)),
    (rate(name) / rate('JSON.parse alone')).toFixed(2),
    Math.max(...all.map((result) => result.memory)).toFixed(0),
  ]),
]);
