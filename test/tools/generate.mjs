// Writes everything in the repository that is made from the sources:
//
//   npm run generate                          after a change of a setting or a provider
//   node test/tools/generate.mjs --check      changes nothing; exit 1 and the names of the files that differ
//
// schemas/: the config schema of each program, the payload schema of each provider. PROVIDERS.md: all of it. READMEs: what is between
// `<!-- NAME -->` and `<!-- /NAME -->`, the settings of a package and the providers.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { settingsTable } from '@tap-webhooks/singer';
import { programConfig as bigquery } from '@tap-webhooks/target-bigquery';
import { targetSettings } from '@tap-webhooks/target-core';
import { programConfig as jsonl } from '@tap-webhooks/target-jsonl';
import { settings as tapSettings } from 'tap-webhooks';
import { providers } from '../../packages/tap-webhooks/dist/providers/index.js';
import { anchor, place, proof, providersPage, versions } from './providers-page.mjs';

const check = process.argv.includes('--check');
const root = new URL('../../', import.meta.url);
const configs = {
  'tap-webhooks': tapSettings,
  'target-jsonl': jsonl.schema,
  'target-bigquery': bigquery.schema,
};

for (const [name, schema] of Object.entries(configs)) {
  write(`schemas/${name}.config.json`, json(schema));
  writeBlock(`packages/${name}/README.md`, 'settings', settingsTable(schema));
}
writeBlock('packages/target-core/README.md', 'settings', settingsTable({ properties: targetSettings }));
for (const { name, schema } of providers) if (schema) write(`schemas/${name}.json`, json(schema));
writeBlock('README.md', 'providers', providersTable());
write('packages/tap-webhooks/PROVIDERS.md', providersPage(providers));

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function providersTable() {
  const rows = providers.map(
    ({ name, title, verification, deliveryId, eventType, latestBy, keyProperties }) => [
      `\`${name}\``,
      `[${title}](packages/tap-webhooks/PROVIDERS.md#${anchor(title)})`,
      verification ? proof(verification) : 'none: the URL alone protects it',
      place(deliveryId),
      place(eventType),
      latestBy
        ? versions(latestBy)
        : keyProperties.map((key) => `\`${key}\``).join(', ') || '`key_properties`',
    ],
  );
  const heads = [
    'provider',
    'who',
    'verification',
    'retries recognised by',
    'event type',
    'latest version by',
  ];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function writeBlock(file, name, table) {
  const text = readFileSync(new URL(file, root), 'utf8');
  const block = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- /${name} -->`);
  if (!block.test(text)) complain(`${file} has no <!-- ${name} --> … <!-- /${name} --> block`);
  else
    write(
      file,
      text.replace(block, () => `<!-- ${name} -->\n${table}\n<!-- /${name} -->`),
    );
}

function write(file, text) {
  const path = new URL(file, root);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  if (check) complain(`${file} is not what the sources say; run npm run generate`);
  else writeFileSync(path, text);
}

function complain(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}
