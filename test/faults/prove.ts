import { parseArgs } from 'node:util';
import { wholeNumber } from './options.js';
import { removePlace } from './place.js';
import { run } from './run.js';

// npm run prove [-- --seconds 60] [--seed N]: shows the promise. It posts numbered webhooks, each until it is answered 200, kills
// the tap and the target at random moments, and counts the rows.
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const seconds = wholeNumber('seconds', values.seconds);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('seed', values.seed);
const RATE = 60;
const REPORT_EVERY = 10;

console.log(
  `tap-webhooks | target-jsonl, as configured by default. Posting, and killing either with -9, for ${seconds} s.`,
);
let second = 0;
const result = await run(
  {
    seed,
    seconds,
    mode: 'listen',
    target: 'jsonl',
    kinds: ['kill'],
    rate: RATE,
    insist: true,
    oneEventEach: true,
    settings: { tap: {}, target: {} },
  },
  ({ acknowledged }, { endings }) => {
    second += 1;
    if (second % REPORT_EVERY !== 0) return;
    const kills = endings.filter(({ signal }) => signal === 'SIGKILL').length;
    console.log(`${second} s: ${kills} killed, ${acknowledged} answered 200`);
  },
);
const { verdict, kills, findings, folder } = result;
for (const finding of findings) console.log(`fault: ${finding}`);
console.log(`${kills} times a program was killed.`);
console.log(
  `${verdict.acknowledged} answered 200, ${verdict.rows} rows, ${verdict.missing} missing, ${verdict.twice} twice`,
);
if (findings.length > 0) {
  console.log(
    `The files are kept in ${folder}. To repeat it: npm run prove -- --seed ${seed} --seconds ${seconds}`,
  );
  process.exitCode = 1;
} else removePlace(folder);
