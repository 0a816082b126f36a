import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  resolveIntegrations,
  securityWarnings,
  withoutSecrets,
} from '../../../packages/tap-webhooks/dist/integrations.js';
import { readSecrets } from '../../../packages/tap-webhooks/dist/secrets.js';
import { tempFolder } from '../../helpers/temp.js';
import { signed } from '../signatures/signed-request.js';
import { tapConfig } from './tap-config.js';

function resolve(integrations: readonly object[], env: NodeJS.ProcessEnv = {}) {
  return resolveIntegrations(tapConfig({ integrations }), env);
}

function file(name: string, text: string, mode = 0o600): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('an integration', () => {
  it('gets its rules from the provider', () => {
    const [integration] = resolve([{ display_name: 'Stitch Delighted', provider: 'delighted' }]);
    expect(integration?.verify).toBeUndefined();
    expect(integration?.rules).toMatchObject({
      name: 'stitch_delighted',
      stream: 'stitch_delighted-data',
      keyProperties: [],
      deliveryId: { body: ['event_id'] },
      eventType: { body: ['event_type'] },
      schema: { title: 'Webhook of Delighted' },
    });
  });

  it('may override them in the config', () => {
    const [integration] = resolve([
      {
        name: 'nps',
        provider: 'delighted',
        key_properties: ['event_id'],
        events: ['survey_response.created'],
        latest_by: 'event_data.id',
        schema: { type: 'object', properties: { event_id: { type: 'string' } } },
        body_limit_bytes: 1000,
      },
    ]);
    expect(integration?.bodyLimit).toBe(1000);
    expect(integration?.rules).toMatchObject({
      keyProperties: ['event_id'],
      events: ['survey_response.created'],
      latestBy: 'event_data.id',
      schema: { type: 'object', properties: { event_id: { type: 'string' } } },
    });
  });

  it('takes its schema from a file', () => {
    const schema = file('shop.json', '{"type":"object","properties":{"id":{"type":"integer"}}}');
    const [integration] = resolve([{ name: 'shop', provider: 'webhooks', schema }]);
    expect(integration?.rules.schema).toEqual({ type: 'object', properties: { id: { type: 'integer' } } });
  });
});

describe('all problems of integrations', () => {
  it('are reported at once, each with its place', () => {
    const notJson = file('broken.json', '{');
    const noSecrets = file('secrets', '\n \n');
    expect(() =>
      resolve([
        { provider: 'webhooks' },
        { display_name: '!!!', provider: 'webhooks' },
        { name: 'twice', provider: 'webhooks' },
        { name: 'twice', provider: 'vero' },
        { name: 'keys', provider: 'webhooks', key_properties: ['_sdc_position', 'id', 'score__st'] },
        { name: 'events', provider: 'webhooks', events: ['order'] },
        { name: 'vero', provider: 'vero', secrets: ['s'] },
        { name: 'schema', provider: 'webhooks', schema: notJson },
        { name: 'missing', provider: 'webhooks', schema: '/does/not/exist.json' },
        { name: 'file', provider: 'delighted', secrets_file: '/does/not/exist' },
        { name: 'empty', provider: 'delighted', secrets_file: noSecrets },
        { name: 'env', provider: 'delighted', secrets_env: 'NOT_SET' },
        { name: 'blank', provider: 'delighted', secrets: [' '] },
      ]),
    ).toThrow(
      [
        'tap-webhooks: the config is not valid. Correct this:',
        '  - `integrations[0]`: a `name` or a `display_name` is missing',
        '  - `integrations[1]` (!!!): `display_name` has no letter or digit to make a name from: add a `name`',
        '  - `integrations[4]` (keys): `key_properties`: _sdc_position cannot be a key, since the tap renames fields with such names',
        '  - `integrations[4]` (keys): `key_properties`: score__st cannot be a key, since the tap renames fields with such names',
        '  - `integrations[5]` (events): `events` has no effect, since Webhooks has no event types: set `event_type`, or remove it',
        '  - `integrations[6]` (vero): Vero does not sign, so a secret is of no use: remove it, or say in `verification` how it is sent',
        `  - \`integrations[7]\` (schema): \`schema\` ${notJson} is not JSON`,
        '  - `integrations[8]` (missing): `schema` /does/not/exist.json cannot be read (ENOENT)',
        '  - `integrations[9]` (file): the file that `secrets_file` names cannot be read (ENOENT): give it a path, not the secret',
        '  - `integrations[10]` (empty): the file that `secrets_file` names has no secret in it',
        '  - `integrations[11]` (env): the variable that `secrets_env` names is not set or is empty: give it the name of a variable, not the secret',
        '  - `integrations[12]` (blank): `secrets` has an empty entry',
        '  - `integrations`: two integrations have the name twice',
      ].join('\n'),
    );
  });

  const properties = (count: number, prefix: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, { type: 'integer' }]));
  const objects = Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`o${i}`, { type: 'object', properties: properties(999, 'a') }]),
  );
  const nested = (levels: number): object =>
    levels === 0 ? { type: 'integer' } : { type: 'object', properties: { a: nested(levels - 1) } };

  it.each([
    ['has an object of 1001 properties, and 1000 are allowed', { properties: properties(1001, 'a') }],
    ['makes 8009 columns, and a stream can have 8000', { properties: objects }],
    [
      `has a property whose name is longer than 1024 bytes ("${'a'.repeat(40)}"…)`,
      { properties: properties(1, 'a'.repeat(1024)) },
    ],
    [
      'takes 5973608 bytes in a SCHEMA message, and 4128768 are allowed',
      { properties: properties(990, '\u0001'.repeat(1000)) },
    ],
    ['has 204 levels of objects and arrays, and 202 are allowed', nested(101)],
  ])('include a schema that exceeds a limit: it %s', (why, schema) => {
    expect(() => resolve([{ name: 'a', provider: 'webhooks', schema }])).toThrow(
      `\`integrations[0]\` (a): \`schema\`: it ${why}`,
    );
  });

  it('accept a schema at the limits', () => {
    for (const schema of [
      nested(100),
      { properties: properties(1000, 'a') },
      { properties: properties(1, 'a'.repeat(1023)) },
    ])
      expect(resolve([{ name: 'a', provider: 'webhooks', schema }])[0]?.rules.schema).toEqual(schema);
  });

  it('include a schema that cannot be used', () => {
    expect(() => resolve([{ name: 'a', provider: 'webhooks', schema: { $ref: '#/nowhere' } }])).toThrow(
      /`integrations\[0\]` \(a\): `schema`: A JSON Schema cannot be used/,
    );
  });

  it('never show a secret', () => {
    expect(() =>
      resolve(
        [
          { name: 'a', provider: 'vero', secrets: ['CANARY1'] },
          { name: 'b', provider: 'webhooks', secrets: ['CANARY2!'] },
          { name: 'c', provider: 'webhooks', secrets_env: 'SECRET' },
        ],
        { SECRET: 'CANARY3!' },
      ),
    ).toThrow(/^(?!.*CANARY).*wrong form/s);
  });
});

describe('secrets', () => {
  const signedBy = (signature: string) => signed({ 'x-delighted-webhook-signature': signature }, '{}');

  it('of all sources are merged: list, file and variable, one per line', () => {
    const secretsFile = file('secrets', 'two\r\n\nthree\n');
    const [integration] = resolve(
      [{ name: 'a', provider: 'delighted', secrets: ['one'], secrets_file: secretsFile, secrets_env: 'S' }],
      { S: 'four\nfive' },
    );
    // By `printf '{}' | openssl dgst -sha256 -hmac <secret>`.
    for (const signature of [
      '32abb24f170dc0c6fb1a5b1d51e1c4ae4edb46e4e9dc8351091a6184d6ef4798',
      '3bf751f39efa3321adb7a2e11508c03487590f1ac7d9de08215ae8a533678d16',
      '393e9e235e3efaccfde471e19f317c5471bdeb9bf412968935e503331a77e5cd',
      'c39c773ababa307ff7bb2410411139a57280bc2c4c97e2eb7dd1e46ba81fb6d8',
      '55c866dd0e44307035bc05cdf3986115c7fbed7d6723e680d97aadde4cc14a2d',
    ]) {
      expect(integration?.verify?.(signedBy(signature))).toEqual({});
    }
  });
});

describe('a source of secrets', () => {
  const pem = (name: string) => `-----BEGIN ${name}-----\nQUFB\nQkJC\n-----END ${name}-----`;
  const secretsOf = (secrets: readonly string[], text = '') => {
    const problems: string[] = [];
    const sources = { secrets, ...(text === '' ? {} : { secrets_env: 'S' }) };
    return [readSecrets(sources, { S: text }, (sentence) => problems.push(sentence)), problems];
  };

  it('may hold PEM keys of several lines, beside secrets of one line', () => {
    expect(secretsOf([], `\uFEFF one \r\n${pem('PUBLIC KEY')}\n\ntwo\n${pem('EC KEY')}\n`)).toEqual([
      ['one', pem('PUBLIC KEY'), 'two', pem('EC KEY')],
      [],
    ]);
  });

  it('may hold several lines with spaces around, in the config too', () => {
    expect(secretsOf([' one \n two', 'three '])).toEqual([['one', 'two', 'three'], []]);
  });
});

describe('the setting verification', () => {
  const hmac = { scheme: 'hmac', signature: { header: 'x-signature' } };
  const problemsOf = (verification: object, secrets: readonly string[] = ['s']) => {
    try {
      resolve([{ name: 'a', provider: 'webhooks', verification, secrets }]);
      return [];
    } catch (cause) {
      const lines = String(cause).split('\n').slice(1);
      return lines.map((line) => line.replace('  - `integrations[0]` (a): ', ''));
    }
  };

  it("replaces the provider's, and needs a secret", () => {
    const [integration] = resolve([
      { name: 'a', provider: 'vero', verification: { scheme: 'bearer' }, secrets: [' token\n'] },
    ]);
    expect(integration?.verify?.(signed({ authorization: 'Bearer token' }, '{}'))).toEqual({});
    expect(integration?.challenge).toBe('Bearer');
    expect(() => resolve([{ name: 'a', provider: 'webhooks', verification: { scheme: 'bearer' } }])).toThrow(
      '`verification` needs a secret: give it through `secrets_file`, `secrets_env` or `secrets`',
    );
  });

  it('may be none, in words, and then a secret is refused', () => {
    const none = { scheme: 'none' };
    const [integration] = resolve([{ name: 'a', provider: 'delighted', verification: none }]);
    expect(integration?.verify).toBeUndefined();
    expect(problemsOf(none)).toEqual([
      '`verification` is none, so a secret is of no use: remove one of them',
    ]);
  });

  it('needs no secret where no signature is checked', () => {
    const config = tapConfig({ integrations: [{ name: 'a', provider: 'webhooks', verification: hmac }] });
    expect(resolveIntegrations(withoutSecrets(config), {})).toHaveLength(1);
  });

  it.each([
    [
      { scheme: 'bearer', hash: 'md5' },
      '`verification.hash` has no effect with the scheme bearer: remove it',
    ],
    [
      { scheme: 'ed25519', signature: { header: 'x' }, key: 'hex' },
      '`verification.key` has no effect with the scheme ed25519: remove it',
    ],
    [{ scheme: 'header' }, '`verification.header` is missing: name the header that holds the secret'],
    [{ scheme: 'hmac' }, '`verification.signature` is missing: say where the signature is'],
    [
      { scheme: 'hmac', signature: { header: 'x', body: 'y' } },
      '`verification.signature` needs one of `header`, `body` and `query`',
    ],
    [
      { ...hmac, signed: '{ts}.{body}' },
      '`verification.signed`: {ts} is not known; known are {method}, {url}, {decoded_url}, {path}, {id}, {timestamp}, {body}, {fields}, {header:NAME}, {body:PATH}',
    ],
    [{ ...hmac, signed: '{body' }, '`verification.signed`: a single { is not a placeholder: write it twice'],
    [
      { ...hmac, signed: '{timestamp}.{body}' },
      '`verification.timestamp` is missing: `signed` has {timestamp}',
    ],
    [
      { ...hmac, timestamp: { header: 'x-time' }, tolerance_seconds: 300 },
      '`verification.signed` has no {timestamp}, so `timestamp` proves nothing: add it, or remove `timestamp`',
    ],
    [
      { ...hmac, id: { header: 'x-id' } },
      '`verification.signed` has no {id}, so `id` proves nothing: add it, or remove `id`',
    ],
    [
      { ...hmac, tolerance_seconds: 300 },
      '`verification.tolerance_seconds` needs `timestamp`: say where the signed time is',
    ],
    [
      { ...hmac, signed: '{timestamp}', timestamp: { header: 't' }, body_digest: { header: 'digest' } },
      '`verification.signed` has nothing that covers `body_digest`, so it proves nothing: add {url} or {header:NAME}',
    ],
  ])('is refused when it makes no sense: %j', (verification, sentence) => {
    expect(problemsOf(verification)).toEqual([sentence]);
  });

  it('may rely on a time or an id in a body that is signed as a whole', () => {
    expect(
      problemsOf({ ...hmac, timestamp: { body: 'sent_at', unit: 'rfc3339' }, id: { body: 'id' } }),
    ).toEqual([]);
  });
});

describe('warnings at start', () => {
  it('name each integration that may have any sender and does not say how it proves who it is', () => {
    const config = tapConfig({
      integrations: [
        { name: 'a', provider: 'webhooks' },
        { name: 'b', provider: 'webhooks', verification: { scheme: 'none' } },
        { name: 'c', provider: 'webhooks', secrets: ['whsec_QUFB'] },
        { display_name: 'D d', provider: 'delighted', verification: { scheme: 'none' } },
      ],
    });
    expect(securityWarnings(config, resolveIntegrations(config, {}), [])).toEqual([
      'a has no `verification`, so only its URL protects it. Say how its sender proves who it is, and give the secret in `secrets_file` or `secrets_env`; or set `"verification": {"scheme": "none"}` if it proves nothing',
    ]);
  });

  it('name each integration that could be signed and is not', () => {
    const config = tapConfig({
      integrations: [
        { name: 'a', provider: 'delighted' },
        { name: 'b', provider: 'delighted', secrets: ['s'] },
        { name: 'c', provider: 'vero' },
      ],
    });
    expect(securityWarnings(config, resolveIntegrations(config, {}), [])).toEqual([
      'a has no secrets, so only its URL protects it. Delighted can sign: set `secrets_file` or `secrets_env`',
    ]);
  });

  it('name each integration whose scheme does not cover the body', () => {
    const signature = { header: 'x-signature' };
    const timestamp = { header: 'x-time' };
    const given = (name: string, more: object) => ({
      name,
      provider: 'webhooks',
      verification: { scheme: 'hmac', signature, ...more },
      secrets: ['s'],
    });
    const config = tapConfig({
      integrations: [
        given('a', { signed: '{timestamp}', timestamp }),
        given('b', { signed: '{timestamp}{body}', timestamp }),
        given('c', {}),
        given('d', { signed: '{url}{fields}', body_digest: { query: 'bodySHA256' } }),
        { name: 'e', provider: 'mailgun', secrets: ['s'] },
      ],
    });
    expect(securityWarnings(config, resolveIntegrations(config, {}), [])).toEqual([
      'a: `verification.signed` does not cover the body, so whoever sees one request can send another body with its signature. Add {body} if the sender signs it',
    ]);
  });

  it('name files with secrets that others can read', () => {
    const secretsFile = file('secrets', 's', 0o644);
    const config = tapConfig({
      integrations: [
        { name: 'a', provider: 'delighted', secrets: ['s'] },
        { name: 'b', provider: 'delighted', secrets_file: secretsFile },
      ],
    });
    const open = file('config.json', '{}', 0o644);
    const shut = file('config.json', '{}', 0o600);
    expect(securityWarnings(config, resolveIntegrations(config, {}), [open, shut])).toEqual([
      `${open} holds secrets, and other users can read it: run chmod 600 ${open}`,
      `${secretsFile} holds secrets, and other users can read it: run chmod 600 ${secretsFile}`,
    ]);
  });

  it('do not name a config file without secrets', () => {
    const config = tapConfig({ integrations: [{ name: 'c', provider: 'vero' }] });
    const open = file('config.json', '{}', 0o644);
    expect(securityWarnings(config, resolveIntegrations(config, {}), [open])).toEqual([]);
  });
});
