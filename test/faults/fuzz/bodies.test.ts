import { gzipSync } from 'node:zlib';
import { scanJson } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import type { BodyRules } from '../../../packages/tap-webhooks/dist/bodies/body-rules.js';
import { MalformedBody } from '../../../packages/tap-webhooks/dist/bodies/body-rules.js';
import { decompress } from '../../../packages/tap-webhooks/dist/bodies/decompress.js';
import { readForm } from '../../../packages/tap-webhooks/dist/bodies/form.js';
import { decodeBody } from '../../../packages/tap-webhooks/dist/inbox/decode.js';
import { redactBody } from '../../../packages/tap-webhooks/dist/inbox/redact-body.js';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzz.js';

const WORDS = [
  ...[
    '&',
    '=',
    '%',
    '+',
    '%00',
    '%C3%A9',
    '%e9',
    '\r\n',
    '--b',
    '--',
    '\r\n--b\r\n',
    '\r\n--b--',
    '\r\n\r\n',
  ],
  ...[
    'Content-Disposition: form-data; name="a"',
    'filename=',
    'charset=utf-16',
    '"',
    '\\',
    ';',
    '\u0000',
    'é',
  ],
  ...['{', '}', '[', ']', ',', ':', '\n', '"a"', '"entry":', '"secret":', '{"a":1}', '[{"a":1}]', 'payload='],
];
const TYPES = [
  undefined,
  'application/json; charset=iso-8859-1',
  'application/x-ndjson',
  'application/x-www-form-urlencoded; charset=windows-1252',
  'multipart/form-data; boundary=b',
  'multipart/form-data',
];
const RULES: readonly BodyRules[] = [
  {},
  { format: 'ndjson' },
  { jsonField: 'payload' },
  { unroll: { path: ['entry'], copy: [['object'], ['a', 'b']] } },
];
const REDACTION = { drop: [['secret']], hash: [['a']], key: 'a key of some length' };

test(
  'whatever bytes come, a body is refused with a sentence or becomes events that are JSON, and nothing dropped is left in them',
  () => fuzz({ corpus: 'bodies', words: WORDS, rounds: 150, check: checkAll }),
  FUZZ_TIMEOUT_MS,
);

function checkAll(body: Buffer): void {
  for (const contentType of TYPES) for (const rules of RULES) checkOne(body, contentType, rules);
}

function checkOne(body: Buffer, contentType: string | undefined, rules: BodyRules): void {
  const decoded = decodeBody({ body, contentType }, rules);
  if (decoded === 'too_many_events') return;
  if ('malformed' in decoded) {
    expect(decoded.malformed).toMatch(/^[\x20-\x7e]{5,200}$/);
    return;
  }
  for (const { text, start, end } of decoded.events) scanJson(text.slice(start, end));
  const redacted = redactBody(decoded, REDACTION);
  if ('malformed' in redacted) throw new Error(redacted.malformed);
  expect(redacted.events.length).toBe(decoded.events.length);
  for (const { text, start, end, node } of redacted.events) {
    if (node === undefined)
      expect(text.slice(start, end)).toMatch(/^\{"withheld_bytes":\d+,"hmac_sha256":"[0-9a-f]{64}"\}$/);
    else expect((node.members ?? []).map(({ name }) => name)).not.toContain('secret');
  }
}

test(
  'a form has the fields that the URL Standard gives it',
  () => fuzz({ corpus: 'bodies', words: WORDS, rounds: 1500, check: checkForm }),
  FUZZ_TIMEOUT_MS,
);

function checkForm(input: Buffer): void {
  const body = input.toString('utf8').replace(/[\r\n]+$/, '');
  const expected = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(`&${body}`))
    expected.set(name, [...(expected.get(name) ?? []), value]);
  if ([...expected].flat(2).some((text) => text.includes('\ufffd'))) return; // bytes that are not UTF-8 are refused
  const fields = formOf(Buffer.from(body));
  for (const [name, values] of expected) expect(fields?.all(name)).toEqual(values);
}

function formOf(body: Buffer) {
  try {
    return readForm(body, () => undefined);
  } catch (cause) {
    if (cause instanceof MalformedBody) return undefined;
    throw cause;
  }
}

test(
  'what is compressed comes back, and damaged data never becomes another body',
  () => fuzz({ corpus: 'bodies', words: WORDS, rounds: 300, check: checkCompressed }),
  FUZZ_TIMEOUT_MS,
);

async function checkCompressed(input: Buffer): Promise<void> {
  const budget = { take: () => true, give: () => {} };
  const whole = await decompress(gzipSync(input), 'gzip', 1_000_000, budget);
  if (input[0] !== 0x1f) expect(whole).toEqual({ kind: 'decompressed', body: input });
  const cut = gzipSync(input).subarray(0, -1 - (input.length % 12));
  expect((await decompress(cut, undefined, 1_000_000, budget)).kind).toBe('damaged');
  await decompress(input, 'br', 1_000_000, budget);
  await decompress(input, 'deflate', 1_000_000, budget);
}
