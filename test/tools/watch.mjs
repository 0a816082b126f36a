// The inner loop: builds and tests again whatever a save changes, until Ctrl-C.
//
//   npm run watch                  unit tests, on the sources; `dist` is kept up to date for worker threads
//   npm run watch -- test/singer   only the tests under a folder
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const cwd = fileURLToPath(new URL('../../', import.meta.url));
const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

const children = [
  run(tsc, '-b', '-w', '--preserveWatchOutput'),
  run(vitest, 'watch', '--config', 'test/vitest.config.ts', '--project', 'unit', ...process.argv.slice(2)),
];

// Ctrl-C reaches the children too, as they share the terminal; this waits for them. When one ends, so does the other.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
for (const child of children) child.on('exit', end);

function run(program, ...args) {
  return spawn(process.execPath, [program, ...args], { cwd, stdio: 'inherit' });
}

function end() {
  for (const child of children) child.kill();
}
