import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { schemeProblems } from '../../../packages/tap-webhooks/dist/signatures/scheme-problems.js';
import { tapConfig } from '../config/tap-config.js';

const readme = readFileSync(new URL('../../../packages/tap-webhooks/README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/^\|.*\| `(\{"scheme".*\})` \|$/gm)].map(([, text]) => text as string);

test('the README has an example of each kind', () => {
  expect(examples).toHaveLength(10);
});

test.each(examples)('an example of the README can be used: %s', (text) => {
  const verification = JSON.parse(text);
  const config = tapConfig({ integrations: [{ name: 'a', provider: 'webhooks', verification }] });
  expect(config.integrations[0]?.verification).toEqual(verification);
  expect(schemeProblems(verification)).toEqual([]);
});
