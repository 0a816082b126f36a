import { expect, test } from 'vitest';
import { visible, visibleLines, withoutSecrets } from '../../packages/singer/dist/visible.js';
import { table } from '../../packages/tap-webhooks/dist/commands/text-table.js';

test.each([
  ['\x1b]0;pwned\x07', '\\u001b]0;pwned\\u0007'],
  ['a\r\nb\tc\x7f\x9b2J', 'a\\u000d\\u000ab\\u0009c\\u007f\\u009b2J'],
  ['abc\u202Ecba\u2028', 'abc\\u202ecba\\u2028'],
  ['Zürich 日本 🙂 plain', 'Zürich 日本 🙂 plain'],
])('what a terminal would obey is shown: %j', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('further lines are indented, so that a name cannot fake a line', () => {
  expect(visibleLines('first\nfake \x1b[2J', '  ')).toBe('first\n  fake \\u001b[2J');
});

test('a table shows names without obeying them', () => {
  expect(table(['stream'], [['x\x1b[2J']])).toBe('stream\nx\\u001b[2J');
});

test.each([
  [
    'https://hooks.example.com/v1/shop/0123456789abcdef0123456789abcdef',
    'https://hooks.example.com/v1/shop/…',
  ],
  ['POST /v1/shop/0123456789ABCDEF0123: refused', 'POST /v1/shop/…: refused'],
  ['{"file":"/v1/a/0123456789abcdef","x":"/v1/b/0123456789abcdef"}', '{"file":"/v1/a/…","x":"/v1/b/…"}'],
  [
    'There is no inbox at whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLvTQ: correct it',
    'There is no inbox at whsec_…: correct it',
  ],
  ['the path /v1/shop/ and /v1/shop/short', 'the path /v1/shop/ and /v1/shop/short'],
])('%j is written without the token or the secret in it', (text, written) => {
  expect(withoutSecrets(text)).toBe(written);
});
