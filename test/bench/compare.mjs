// npm run bench:compare -- REVISION [--rounds 9] [receive] [target-jsonl] [target-bigquery]
//
// Is this checkout slower than an earlier commit? Builds that commit in an ignored folder and runs the benchmarks of this
// checkout on the programs of both, in turn, with nothing else between the two runs of a pair. For each figure it prints the
// median of each side, and the median of the ratios of the pairs (above 1: this checkout is faster). It needs a machine that
// does nothing else, and the package registry once.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, option, printTable } from './measure.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rounds = option('rounds', 9);
/** For each benchmark, the arguments of one round and the figure to compare (higher is better). */
const benches = {
  receive: { args: ['--seconds', '5'], speed: ({ rate }) => rate },
  'target-jsonl': { args: ['--records', '300000'], speed: ({ seconds }) => 300_000 / seconds },
  'target-bigquery': { args: ['--records', '300000'], speed: ({ seconds }) => 300_000 / seconds },
};

const words = process.argv.slice(2).filter((word) => !/^(--rounds|\d+)$/.test(word));
const [revision, ...asked] = words;
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (revision === undefined || unknown.length > 0) {
  console.error(
    `Usage: npm run bench:compare -- REVISION [--rounds N] [${Object.keys(benches).join('] [')}]`,
  );
  process.exit(1);
}

const before = checkOut(revision);
const results = join(mkdtempSync(join(tmpdir(), 'bench-compare-')), 'results.json');
const rows = [['figure', 'before /s', 'now /s', 'now : before']];
for (const name of asked.length > 0 ? asked : Object.keys(benches)) rows.push(...compare(name));
console.log(`${revision} and this checkout, ${rounds} rounds in turn`);
printTable(rows);

/** Returns the path of a built checkout of the revision, which is created when it is absent. */
function checkOut(name) {
  const commit = execFileSync('git', ['rev-parse', `${name}^{commit}`], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
  const folder = join(root, '.bench', commit);
  if (existsSync(join(folder, 'test/dist'))) return folder;
  const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: 'inherit' });
  run('git', ['clone', '--quiet', '--no-checkout', root, folder], root);
  run('git', ['checkout', '--quiet', commit], folder);
  run('npm', ['ci', '--silent'], folder);
  run('npm', ['run', '--silent', 'build'], folder);
  return folder;
}

function compare(name) {
  const sides = { before: [], now: [] };
  for (let round = 0; round < rounds; round += 1) {
    sides.before.push(oneRound(name, before));
    sides.now.push(oneRound(name, root));
  }
  const variants = Object.keys(sides.now[0]);
  return variants.map((variant) => {
    const [was, is] = [sides.before, sides.now].map((side) =>
      side.map((round) => benches[name].speed(round[variant][0])),
    );
    const ratio = median(is.map((speed, round) => speed / was[round]));
    return [`${name}: ${variant}`, Math.round(median(was)), Math.round(median(is)), ratio.toFixed(2)];
  });
}

function oneRound(name, checkout) {
  const script = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const args = [script, '--rounds', '1', ...benches[name].args, '--json', results, '--programs', checkout];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${name} on ${checkout} ended with ${status}`);
  return JSON.parse(readFileSync(results, 'utf8'));
}
