// Starts the two real processes, connected by a pipe.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TAP, tapConfig } from './setup.mjs';

/** Starts `tap-webhooks listen | target >> state.jsonl`, with both logs in files. */
export async function startPipe(folder, { program, args }) {
  const state = join(folder, 'state.jsonl');
  const logs = { tap: join(folder, 'tap.log'), target: join(folder, 'target.log') };
  const target = spawn(program, args, {
    stdio: ['pipe', openSync(state, 'a'), openSync(logs.target, 'w')],
  });
  const tap = spawn(TAP, ['listen', ...tapConfig(folder), '--state', state], {
    stdio: ['ignore', 'pipe', openSync(logs.tap, 'w')],
  });
  tap.stdout.pipe(target.stdin);
  target.stdin.on('error', () => tap.stdout.destroy()); // the target is gone: the tap must see a closed pipe
  const exits = Promise.all([once(tap, 'exit'), once(target, 'exit')]);
  const ended = exits.then(([[tapCode], [targetCode]]) => ({
    code: `${tapCode} and ${targetCode}`,
    log: [logs.tap, logs.target].map((path) => readFileSync(path, 'utf8').slice(-2000)).join(''),
  }));
  await Promise.race([until(() => readFileSync(logs.tap, 'utf8').includes('Listening for webhooks')), ended]);
  return {
    ended,
    /** Waits until a condition on the rows holds, or the pipe has ended. */
    rowsReached: (condition) => Promise.race([until(condition), ended]),
    /** Stops the tap; the target ends at the end of its input. Returns both exit codes. */
    async stop() {
      tap.kill('SIGTERM');
      return (await ended).code;
    },
  };
}

async function until(condition) {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the expected rows did not arrive within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
