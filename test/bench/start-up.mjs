// npm run bench:start-up - how long the commands take to start, as a ratio to `node -e 0`. Target: at most 2.5.
import { spawnSync } from 'node:child_process';
import { median, option, printTable, program } from './measure.mjs';

const runs = option('runs', 25);
const commands = new Map([['node -e 0', ['-e', '0']]]);
for (const name of ['tap-webhooks', 'target-jsonl']) {
  for (const flag of ['--version', '--help']) commands.set(`${name} ${flag}`, [program(name), flag]);
}

const times = new Map([...commands.keys()].map((name) => [name, []]));
for (let run = 0; run < runs; run += 1) {
  for (const [name, args] of commands) {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    times.get(name).push(performance.now() - start);
  }
}
const base = median(times.get('node -e 0'));
printTable([
  ['command', 'median ms', 'ratio'],
  ...[...times].map(([name, all]) => [name, median(all).toFixed(0), (median(all) / base).toFixed(2)]),
]);
