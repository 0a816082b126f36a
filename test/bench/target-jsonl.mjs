// npm run bench:target-jsonl - records per second and peak memory of target-jsonl on a million records of about 380 bytes,
// against a process that only finds the line ends and does JSON.parse. Targets: ratio at least 0.5, under 200 MB.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchTarget, runOn } from './input.mjs';
import { program } from './measure.mjs';

await benchTarget({
  'target-jsonl, validation on': (input) => runTarget(input, {}),
  'target-jsonl, validation off': (input) => runTarget(input, { validate_records: false }),
});

async function runTarget(input, settings) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-target-'));
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ destination_path: join(folder, 'out'), ...settings }));
  try {
    return await runOn(input, [program('target-jsonl'), '--config', config]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
