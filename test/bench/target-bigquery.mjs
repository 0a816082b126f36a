// npm run bench:target-bigquery - records per second and peak memory of target-bigquery from stdin to loaded, by both methods,
// on a million records of about 380 bytes, against the fake BigQuery in a process of its own, which counts rows and keeps none.
// The yardstick is a process that only finds the line ends and does JSON.parse. Targets: ratio at least 0.4, under 300 MB.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { benchTarget, runOn } from './input.mjs';
import { fakeBigQuery, program } from './measure.mjs';

await benchTarget({
  'batch_job, validation on': (input) => runTarget(input, {}),
  'storage_write_api, validation on': (input) => runTarget(input, { method: 'storage_write_api' }),
});

async function runTarget(input, settings) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-target-'));
  const fake = await startFake();
  const config = join(folder, 'config.json');
  const spool = { spool_path: join(folder, 'spool'), location: 'US', ...fake.settings };
  writeFileSync(config, JSON.stringify({ ...spool, ...settings }));
  try {
    return await runOn(input, [program('target-bigquery'), '--config', config]);
  } finally {
    fake.child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the fake in a process of its own. Returns it with the settings that name its two endpoints. */
async function startFake() {
  const child = spawn(process.execPath, [fakeBigQuery, '--count-only'], {
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
