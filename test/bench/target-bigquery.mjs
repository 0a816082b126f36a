// npm run bench:target-bigquery - records a second and peak memory of target-bigquery from stdin to loaded, by both methods,
// on a million records of about 380 bytes, against the fake BigQuery in a process of its own, which counts rows and keeps none.
// The measure is a process that only finds the line ends and does JSON.parse. Targets: ratio at least 0.4, under 300 MB.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bytesALine, makeInput, runOn } from './input.mjs';
import { median, option, printTable } from './measure.mjs';

const records = option('records', 1_000_000);
const rounds = option('rounds', 3);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const bin = here('../../packages/target-bigquery/bin/target-bigquery.js');
const input = await makeInput(records);

/** The fake in a process of its own, with its two endpoints. */
async function startFake() {
  const child = spawn(process.execPath, [here('../dist/fake-bigquery/main.js'), '--count-only'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const settings = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, value] = line.split(': ');
    settings[name] = value;
    if (name === 'storage_api_endpoint') break;
  }
  return { child, settings };
}

async function runTarget(settings) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-target-'));
  const fake = await startFake();
  const config = join(folder, 'config.json');
  const place = { spool_path: join(folder, 'spool'), ...fake.settings };
  writeFileSync(config, JSON.stringify({ ...place, ...settings }));
  try {
    return await runOn(input, [bin, '--config', config]);
  } finally {
    fake.child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const variants = new Map([
  ['JSON.parse alone', () => runOn(input, [here('yardstick-json-parse.mjs')])],
  ['batch_job, validation on', () => runTarget({})],
  ['storage_write_api, validation on', () => runTarget({ method: 'storage_write_api' })],
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
