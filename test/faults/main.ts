import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, parseOptions } from './options.js';
import { removePlace } from './place.js';
import { summaryOf } from './report.js';
import { run } from './run.js';

// npm run faults -- --seed N --seconds S [--mode …] [--target …] [--kinds …] [--rate N] [--keep]: see README.md.
const { options, keep } = parseOptions(process.argv.slice(2));
const result = await run(options);
const report = join(result.folder, 'report.json');
writeFileSync(report, JSON.stringify({ ...result, command: commandOf(options) }, null, 2));
for (const [kind, why] of Object.entries(result.cannot))
  console.log(`cannot be done here: ${kind}, since ${why}`);
for (const finding of result.findings) console.log(`fault: ${finding}`);
console.log(summaryOf(result));
if (result.findings.length > 0) {
  console.log(`repeat it: ${commandOf(options)}`);
  process.exitCode = 1;
}
if (result.findings.length > 0 || keep) console.log(`report, logs and files: ${result.folder}`);
else removePlace({ root: result.folder, data: result.folder });
