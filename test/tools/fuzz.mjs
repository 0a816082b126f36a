// npm run fuzz -- [--seconds 60] [--seed N] [json|singer|state-file|http …]: the fuzzers, for so long each.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(Date.now() % 1_000_000_000);
const files = (positionals.length > 0 ? positionals : ['']).map((name) => `test/faults/fuzz/${name}`);
const args = ['vitest', 'run', '--config', 'test/vitest.config.ts', ...files];
const env = { ...process.env, FUZZ_SECONDS: values.seconds, FUZZ_SEED: seed };
process.exit(spawnSync('npx', args, { stdio: 'inherit', env }).status ?? 1);
