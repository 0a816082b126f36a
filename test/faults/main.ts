import { parseOptions } from './options.js';
import { report } from './report.js';
import { run } from './run.js';

// npm run faults -- --seed N --seconds S [--mode …] [--target …] [--kinds …] [--rate N] [--keep]: see README.md.
const { options, keep } = parseOptions(process.argv.slice(2));
const result = await run(options);
report(result, keep);
if (result.findings.length > 0) process.exitCode = 1;
