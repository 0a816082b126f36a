import { usualOptions } from './options.js';
import { runSeries } from './series.js';

// npm run faults:ci: the three minutes that CI takes, over all modes, targets and kinds.
const SECONDS = 10;

await runSeries([
  usualOptions(101, SECONDS, 'listen', 'jsonl', ['kill', 'torn']),
  usualOptions(102, SECONDS, 'follow', 'jsonl', ['kill', 'backup']),
  usualOptions(103, SECONDS, 'drain', 'jsonl', ['kill', 'clock']),
  usualOptions(104, SECONDS, 'follow', 'jsonl', ['kill', 'power']),
  usualOptions(105, SECONDS, 'listen', 'jsonl', ['kill', 'io']),
  usualOptions(106, SECONDS, 'follow', 'jsonl', ['full']),
  usualOptions(107, SECONDS, 'follow', 'jsonl', ['device']),
  usualOptions(108, SECONDS, 'listen', 'bigquery-jobs', ['kill']),
  usualOptions(109, SECONDS, 'follow', 'bigquery-storage', ['kill', 'backup']),
  usualOptions(110, SECONDS, 'drain', 'bigquery-jobs', ['kill', 'torn']),
]);
