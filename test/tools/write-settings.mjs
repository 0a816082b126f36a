// Writes the settings table of each program, and of all targets, into its package's README, between the two markers:
//
//   node test/tools/write-settings.mjs            after `npm run build`
//   node test/tools/write-settings.mjs --check    changes nothing; exit 1 and the names of the READMEs that differ
//
// A program's table is what `--about --format=markdown` prints, so it comes from the one schema that also checks the config.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settingsTable } from '@tap-webhooks/singer';
import { targetSettings } from '@tap-webhooks/target-core';

const BLOCK = /<!-- settings -->[\s\S]*?<!-- \/settings -->/;
const packages = new URL('../../packages/', import.meta.url);
const check = process.argv.includes('--check');

for (const folder of readdirSync(packages)) {
  const manifest = new URL(`${folder}/package.json`, packages);
  if (!existsSync(manifest)) continue;
  const bins = Object.values(JSON.parse(readFileSync(manifest, 'utf8')).bin ?? {});
  for (const bin of bins) writeTable(folder, tableOf(fileURLToPath(new URL(`${folder}/${bin}`, packages))));
}
writeTable('target-core', settingsTable({ properties: targetSettings }));

function writeTable(folder, table) {
  const name = `packages/${folder}/README.md`;
  const readme = new URL(`${folder}/README.md`, packages);
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  if (!BLOCK.test(text)) return complain(`${name} has no <!-- settings --> … <!-- /settings --> block`);
  const written = text.replace(BLOCK, () => `<!-- settings -->\n${table}\n<!-- /settings -->`);
  if (written === text) return;
  if (check) complain(`${name} has an outdated settings table; run node test/tools/write-settings.mjs`);
  else writeFileSync(readme, written);
}

function tableOf(program) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, '--about', '--format=markdown'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} --about ended with ${status}: ${stderr}`);
  return stdout.split('## Settings\n')[1].trim();
}

function complain(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}
