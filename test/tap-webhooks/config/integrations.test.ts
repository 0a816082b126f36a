import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveIntegrations, securityWarnings } from '../../../packages/tap-webhooks/dist/integrations.js';
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
        '  - `integrations[6]` (vero): Vero does not sign, so a secret is of no use: remove it',
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
      expect(integration?.verify?.(signedBy(signature))).toBeUndefined();
    }
  });
});

describe('warnings at start', () => {
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
