import { parseJson } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import { keyedDigest, Redactor, withheld } from '../../../packages/tap-webhooks/dist/bodies/redaction.js';
import { decodeBody, type ReadableBody } from '../../../packages/tap-webhooks/dist/inbox/decode.js';
import { redactBody } from '../../../packages/tap-webhooks/dist/inbox/redact-body.js';
import { redactionOf } from '../../../packages/tap-webhooks/dist/redaction-rules.js';

const KEY = 'key';
/** Published example of HMAC-SHA256 with the key "key"; see the text below. */
const FOX = 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8';
/** `printf 5 | openssl dgst -sha256 -hmac key` */
const FIVE = 'ab20d8bbe394c193b6182ca459324966b8112064e0eb3dc53c1ac80321ffc712';

function redacted(text: string, drop: string[], hash: string[] = []): string {
  const paths = (all: string[]) => all.map((path) => path.split('.'));
  return new Redactor({ drop: paths(drop), hash: paths(hash), key: KEY }).redact(text, parseJson(text));
}

describe('fields that must not be kept', () => {
  it.each([
    ['at the top', '{"a":1,"email":"x","b":2}', ['email'], '{"a":1,"b":2}'],
    ['inside an object', '{"p":{"email":"x","id":1}}', ['p.email'], '{"p":{"id":1}}'],
    [
      'in each item of an array',
      '{"p":[{"email":"x"},{"id":1},[{"email":"y"}],5]}',
      ['p.email'],
      '{"p":[{},{"id":1},[{}],5]}',
    ],
    ['with everything in them', '{"p":{"email":"x"},"q":[1]}', ['p', 'q'], '{}'],
    ['written with escapes', '{"\\u0065mail":"x","a":1}', ['email'], '{"a":1}'],
    ['that occur twice', '{"email":"x","a":1,"email":"y"}', ['email'], '{"a":1}'],
    ['of names that objects have', '{"__proto__":1,"constructor":2}', ['__proto__', 'constructor'], '{}'],
    ['that are not there', '{ "a" : 1.0 }', ['email', 'a.b'], '{"a":1.0}'],
  ])('are left out %s', (_where, text, drop, expected) => {
    expect(redacted(text, drop)).toBe(expected);
  });

  it('leave nothing of an earlier value of a repeated name', () => {
    expect(redacted('{"a":{"email":"x"},"b":1,"a":{"id":1}}', ['a.email'])).toBe('{"a":{"id":1},"b":1}');
  });

  it('are replaced by a digest that whoever has the key can compute', () => {
    const fox = 'The quick brown fox jumps over the lazy dog';
    expect(redacted(`{"a":"${fox}","n":1}`, [], ['a'])).toBe(`{"a":"${FOX}","n":1}`);
    expect(redacted('{"a":"\\u0035","b":5,"c":null}', [], ['a', 'b', 'c'])).toBe(
      `{"a":"${FIVE}","b":"${FIVE}","c":null}`,
    );
    expect(redacted('{"a":{"x": [1, 2]}}', [], ['a'])).toBe(`{"a":"${keyedDigest(KEY, '{"x":[1,2]}')}"}`);
    expect(redacted('{"p":[{"a":5},{"a":5}]}', [], ['p.a'])).toBe(`{"p":[{"a":"${FIVE}"},{"a":"${FIVE}"}]}`);
  });

  it('are left out when both are asked for', () => {
    expect(redacted('{"a":5,"b":{"c":5,"d":5}}', ['a', 'b.c'], ['a', 'b.d'])).toBe(`{"b":{"d":"${FIVE}"}}`);
  });

  it('leave a length and a digest of what cannot be looked into', () => {
    expect(JSON.parse(withheld(KEY, Buffer.from('5')))).toEqual({ withheld_bytes: 1, hmac_sha256: FIVE });
  });
});

/** Paths as the config has them. */
interface Fields {
  readonly drop?: string[];
  readonly hash?: string[];
}

/** Returns the rows of a body whose `entry` is unrolled. */
function unrolledRows(body: object, { drop = [], hash = [] }: Fields, copy: string[]): unknown {
  const unroll = { path: ['entry'], copy: copy.map((path) => path.split('.')) };
  const config = { on_malformed: 'refuse', drop_fields: drop, hash_fields: hash } as const;
  const env = { HASH_KEY: '0123456789abcdef' };
  const redaction = redactionOf({ ...config, hash_key_env: 'HASH_KEY' }, { unroll }, [], env, (sentence) => {
    throw new Error(sentence);
  });
  const decoded = decodeBody({ body: Buffer.from(JSON.stringify(body)) }, { unroll }) as ReadableBody;
  return JSON.parse((redactBody(decoded, redaction as NonNullable<typeof redaction>) as ReadableBody).text);
}

describe('fields of an event that a field of a form holds', () => {
  it.each(['payload.email', 'email'])('are dropped when they are named %s', (path) => {
    const body = { format: 'form', jsonField: 'payload' } as const;
    const settings = { on_malformed: 'refuse', drop_fields: [path], hash_key_env: 'HASH_KEY' } as const;
    const redaction = redactionOf(settings, body, [], { HASH_KEY: '0123456789abcdef' }, (sentence) => {
      throw new Error(sentence);
    });
    const sent = `payload=${encodeURIComponent('{"id":1,"email":"x"}')}`;
    const decoded = decodeBody({ body: Buffer.from(sent) }, body) as ReadableBody;
    const { text } = redactBody(decoded, redaction as NonNullable<typeof redaction>) as ReadableBody;
    expect(JSON.parse(text)).toEqual([{ id: 1 }]);
  });
});

describe('fields of a body that is unrolled', () => {
  it.each([
    ['as the row has them', ['email']],
    ['as the body has them', ['entry.email']],
  ])('are left out when they are named %s', (_how, drop) => {
    expect(unrolledRows({ entry: [{ id: 1, email: 'x' }] }, { drop }, [])).toEqual([{ id: 1 }]);
  });

  it.each([
    ['the copied value', 'email', { email: 'x' }, [{ id: 1 }, { id: 2 }]],
    ['what the copied value is in', 'account.email', { account: { email: 'x' } }, [{ id: 1 }, { id: 2 }]],
  ])('are left out of copies too, whatever a copy is called: %s', (_what, copied, around, rows) => {
    const entry = [{ id: 1 }, { id: 2, email: 'y', envelope_email: 'z' }];
    const [path = ''] = copied.split('.');
    expect(unrolledRows({ ...around, entry }, { drop: [path, 'email'] }, [copied])).toEqual(rows);
  });

  it('are left out inside a copied value, named as in the body or as in the row', () => {
    const body = { account: { user: { email: 'x', n: 1 } }, entry: [{ id: 1 }] };
    for (const drop of ['account.user.email', 'user.email'])
      expect(unrolledRows(body, { drop: [drop] }, ['account.user'])).toEqual([{ id: 1, user: { n: 1 } }]);
  });

  it('are digested once in a copy', () => {
    // printf x | openssl dgst -sha256 -hmac 0123456789abcdef
    const digest = '68f4d9c04881bab754f229e82dee00ccf8d9f6a7cf98125ac5e8254d6cd3cc3f';
    expect(unrolledRows({ email: 'x', entry: [{ id: 1 }] }, { hash: ['email'] }, ['email'])).toEqual([
      { id: 1, email: digest },
    ]);
  });

  it('are refused with the body when no name is left for a copy', () => {
    const item = { a: 1, envelope_a: 2, envelope_envelope_a: 3 };
    const unroll = { path: ['entry'], copy: [['a']] };
    expect(
      decodeBody({ body: Buffer.from(JSON.stringify({ a: 0, entry: [item] })) }, { unroll }),
    ).toMatchObject({ malformed: 'an item has members of all names that a copied value could get' });
  });
});
