import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusedHeader } from '../../../packages/tap-webhooks/dist/chosen-columns.js';
import { resolveIntegrations } from '../../../packages/tap-webhooks/dist/integrations.js';
import { tempFolder } from '../../helpers/temp.js';
import { tapConfig } from './tap-config.js';

const KEY = { HASH_KEY: ' 0123456789abcdef\n' };

/** Returns the rules of an integration `shop` with these settings. */
function rulesOf(settings: object, env: NodeJS.ProcessEnv = {}) {
  const config = tapConfig({ integrations: [{ name: 'shop', provider: 'webhooks', ...settings }] });
  return resolveIntegrations(config, env)[0]?.rules;
}

/** Returns what is wrong with these settings, without the beginning of each sentence. */
function problemsOf(settings: object, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    rulesOf(settings, env);
    return [];
  } catch (cause) {
    const [, ...lines] = (cause as Error).message.split('\n');
    return lines.map((line) => line.replace(/^ *- `integrations\[0\](`: | \(shop\): |`? ?\(shop\): )?/, ''));
  }
}

describe('the settings of bodies', () => {
  it('become rules', () => {
    expect(rulesOf({ body_format: 'form', json_field: 'payload', unroll: 'data.items' })?.body).toEqual({
      format: 'form',
      jsonField: 'payload',
      unroll: { path: ['data', 'items'], copy: [] },
    });
    expect(rulesOf({ unroll: { path: '/a~1b/c.d', copy: ['x', '/y/z'] } })?.body).toEqual({
      unroll: { path: ['a/b', 'c.d'], copy: [['x'], ['y', 'z']] },
    });
    expect(rulesOf({ on_malformed: 'quarantine' })?.onMalformed).toBe('quarantine');
    expect(rulesOf({ on_malformed: 'refuse' })).not.toHaveProperty('onMalformed');
    expect(rulesOf({})).not.toHaveProperty('body');
  });
});

describe('the settings of ids', () => {
  it('become rules', () => {
    expect(rulesOf({ delivery_id: { header: 'X-Id' } })).toMatchObject({ deliveryId: { header: 'x-id' } });
    expect(rulesOf({ delivery_id: { body: '/a/b.c' } })).toMatchObject({
      deliveryId: { body: ['a', 'b.c'] },
    });
    expect(rulesOf({ delivery_id: 'digest' })).toMatchObject({ deliveryId: { digest: 'body' } });
    expect(rulesOf({ delivery_id: [{ body: 'a' }, { header: 'X-Id' }], dedupe_by: 'id' })).toMatchObject({
      deliveryId: { all: [{ body: ['a'] }, { header: 'x-id' }] },
      idAloneDecides: true,
      wantedHeaders: ['x-id'],
    });
    expect(rulesOf({ delivery_id: [{ body: 'a' }] })).toMatchObject({ deliveryId: { body: ['a'] } });
    expect(rulesOf({ event_type: [{ header: 'x-a' }, { body: 'type' }], events: ['x'] })).toMatchObject({
      eventType: { any: [{ header: 'x-a' }, { body: ['type'] }] },
      wantedHeaders: ['x-a'],
    });
  });

  it('are those of the provider when there are none', () => {
    expect(rulesOf({})?.deliveryId).toMatchObject({ header: 'webhook-id' });
    expect(rulesOf({})).not.toHaveProperty('idAloneDecides');
    expect(rulesOf({})).not.toHaveProperty('wantedHeaders');
  });

  it('are refused where they could not work', () => {
    expect(problemsOf({ provider: 'vero', dedupe_by: 'id' })).toEqual([
      '`dedupe_by: id` has no effect without a `delivery_id`: name one, or remove the setting',
    ]);
    expect(problemsOf({ delivery_id: { header: 'authorization' } })).toEqual([
      '`delivery_id`: the header authorization may hold a credential, a cookie or a signature, which are never stored: name another one',
    ]);
    for (const delivery_id of [
      'other',
      {},
      [],
      { header: 'a', body: 'b' },
      { query: 'a' },
      { header: 'a b' },
      [{}],
      5,
    ])
      expect(() =>
        tapConfig({ integrations: [{ name: 'shop', provider: 'webhooks', delivery_id }] }),
      ).toThrow('delivery_id');
  });
});

describe('the setting unroll', () => {
  it('is refused when two copied values would have one name', () => {
    expect(problemsOf({ unroll: { path: 'e', copy: ['a.id', 'n', '/b/id'] } })).toEqual([
      '`unroll.copy`: two of the values would be called id, and only one would be kept',
    ]);
  });
});

describe('the setting columns', () => {
  it('becomes columns', () => {
    const columns = ['event_id', 'event_type', 'event_time', { header: 'X-Shop' }, { query: 'Source' }];
    expect(rulesOf({ columns, event_time: { header: 'X-Time' } })).toMatchObject({
      columns: [
        { name: '_sdc_event_id', from: 'event_id' },
        { name: '_sdc_event_type', from: 'event_type' },
        { name: '_sdc_event_time', from: 'event_time' },
        { name: '_sdc_header_x_shop', from: { header: 'x-shop' } },
        { name: '_sdc_query_source', from: { query: 'Source' } },
      ],
      wantedHeaders: ['x-time', 'x-shop'],
      wantedQuery: ['Source'],
    });
  });

  it('never gives a column the name of a split column', () => {
    const columns = [{ query: 'a__st' }, { query: '_fl' }, { header: 'x--it' }];
    expect(rulesOf({ columns })?.columns?.map(({ name }) => name)).toEqual([
      '_sdc_query_a_st',
      '_sdc_query_fl',
      '_sdc_header_x_it',
    ]);
  });

  it('is refused for two columns of one name', () => {
    expect(problemsOf({ columns: [{ header: 'x-a' }, { header: 'X_A' }] })).toEqual([
      '`columns`: two of them would be the column _sdc_header_x_a',
    ]);
  });

  it.each([
    'Authorization',
    'Proxy-Authorization',
    'Cookie',
    'Set-Cookie',
    'X-Api-Key',
    'X-Auth-Token',
    'X-Gitlab-Token',
    'X-Hub-Signature',
    'X-Hub-Signature-256',
    'Stripe-Signature',
    'X-Shopify-Hmac-Sha256',
    'Webhook-Signature',
    'Svix-Signature',
    'X-Slack-Signature',
    'X-Twilio-Email-Event-Webhook-Signature',
    'Paypal-Transmission-Sig',
    'X-Amz-Security-Token',
    'X-Forwarded-Client-Cert',
    'X-Session',
    'X-Secret',
    'X-DocuSign-Signature-1',
    'CF-Access-Jwt-Assertion',
    'X-Access-Key',
    'aftership-hmac-sha256',
  ])('is refused for a header that may prove who sent a request: %s', (header) => {
    const [problem] = problemsOf({ columns: [{ header }] });
    expect(problem).toBe(
      `\`columns\`: the header ${header.toLowerCase()} may hold a credential, a cookie or a signature, which are never stored: name another one`,
    );
  });

  it('is refused for the header in which this sender proves who it is', () => {
    const own = { header: 'X-Plain', scheme: 'header' };
    const settings = {
      verification: own,
      secrets: ['a secret'],
      columns: [{ header: 'x-plain' }, { header: 'x-other' }],
    };
    const sentence =
      'the header x-plain may hold a credential, a cookie or a signature, which are never stored: name another one';
    expect(problemsOf(settings)).toEqual([`\`columns\`: ${sentence}`]);
    const signed = { scheme: 'hmac', signature: { header: ['x-a', 'X-Plain'] } };
    expect(
      problemsOf({
        ...settings,
        verification: signed,
        columns: undefined,
        event_type: { header: 'x-plain' },
      }),
    ).toEqual([`\`event_type\`: ${sentence}`]);
  });

  it.each([
    'x-shop',
    'x-github-event',
    'x-shopify-topic',
    'user-agent',
    'x-author',
    'x-designation',
    'x-request-id',
  ])('may name the header %s', (header) => expect(refusedHeader(header, [])).toBeUndefined());

  it('is refused for anything else', () => {
    for (const column of [
      'event',
      '',
      {},
      { header: 'a', query: 'b' },
      { query: '' },
      { query: '-' },
      { body: 'a' },
    ])
      expect(() =>
        tapConfig({ integrations: [{ name: 'shop', provider: 'webhooks', columns: [column] }] }),
      ).toThrow('columns');
  });
});

describe('the settings of fields that must not be kept', () => {
  const redaction = { drop: [['a', 'b']], hash: [['c']], key: '0123456789abcdef' };
  const fields = { drop_fields: ['a.b'], hash_fields: ['c'] };

  it('become rules, with a key from a variable or a file', () => {
    expect(rulesOf({ ...fields, hash_key_env: 'HASH_KEY' }, KEY)?.redaction).toEqual(redaction);
    const file = join(tempFolder(), 'key');
    writeFileSync(file, KEY.HASH_KEY, { mode: 0o600 });
    expect(rulesOf({ ...fields, hash_key_file: file })?.redaction).toEqual(redaction);
  });

  it('need one key of 16 characters', () => {
    const need = '`drop_fields` and `hash_fields` need a key: set either `hash_key_file` or `hash_key_env`';
    expect(problemsOf({ drop_fields: ['a'] })).toEqual([need]);
    expect(problemsOf({ hash_fields: ['a'], hash_key_env: 'A', hash_key_file: 'b' })).toEqual([need]);
    expect(problemsOf({ hash_fields: ['a'], hash_key_env: 'A' }, { A: '123456789012345' })).toEqual([
      'the key of `hash_key_file` or `hash_key_env` needs at least 16 characters',
    ]);
    expect(problemsOf({ hash_fields: ['a'], hash_key_env: 'NOT_SET' })).toEqual([
      'the variable that `hash_key_env` names is not set: give it the name of a variable, not the key',
    ]);
    expect(problemsOf({ hash_fields: ['a'], hash_key_file: '/does/not/exist' })).toEqual([
      'the file that `hash_key_file` names cannot be read (ENOENT): give it a path, not the secret',
    ]);
    expect(problemsOf({ hash_key_env: 'HASH_KEY' }, KEY)).toEqual([
      '`hash_key_file` and `hash_key_env` have no effect without `drop_fields` or `hash_fields`',
    ]);
  });

  it('are refused beside a quarantine that would keep them', () => {
    expect(
      problemsOf({ drop_fields: ['a'], hash_key_env: 'HASH_KEY', on_malformed: 'quarantine' }, KEY),
    ).toEqual([
      '`on_malformed: quarantine` would keep bodies raw, with what `drop_fields` and `hash_fields` name: remove one of them',
    ]);
  });

  it.each([
    ['a key', { key_properties: ['id'], drop_fields: ['id'] }, 'drop_fields`: id'],
    ['what the id is in', { delivery_id: { body: 'meta.id' }, drop_fields: ['meta'] }, 'drop_fields`: meta'],
    [
      'one of several places of an id',
      { delivery_id: [{ header: 'x' }, { body: 'b' }], drop_fields: ['b'] },
      'drop_fields`: b',
    ],
    ['the event type', { event_type: { body: 'type' }, drop_fields: ['type'] }, 'drop_fields`: type'],
    ['the event time', { event_time: { body: 'at' }, drop_fields: ['at'] }, 'drop_fields`: at'],
    [
      'a value of latest_by',
      { latest_by: 'event_data.id', drop_fields: ['event_data'] },
      'drop_fields`: event_data',
    ],
    [
      'a column of latest_by',
      { latest_by: { column: 'kind', paths: { a: 'a.id' } }, drop_fields: ['kind'] },
      'drop_fields`: kind',
    ],
    [
      'by a digest what an id is in',
      { delivery_id: { body: 'meta.id' }, hash_fields: ['meta'] },
      'hash_fields`: meta',
    ],
  ])('are refused when they take away %s', (_what, settings, beginning) => {
    expect(problemsOf({ ...settings, hash_key_env: 'HASH_KEY' }, KEY)).toEqual([
      `\`${beginning} holds a key, an id, an event type or time, or a \`latest_by\` value, which rows need`,
    ]);
  });

  it('cannot be the field that holds the whole event', () => {
    const form = { body_format: 'form', json_field: 'payload', hash_key_env: 'HASH_KEY' } as const;
    expect(problemsOf({ ...form, drop_fields: ['payload'] }, KEY)).toEqual([
      '`drop_fields`, `hash_fields`: payload holds the whole event: name fields in it',
    ]);
  });

  it('may hash a key and an id, and drop what is beside them', () => {
    const settings = {
      key_properties: ['id'],
      delivery_id: { body: 'meta.id' },
      hash_fields: ['id', 'meta.id'],
      drop_fields: ['meta.ip', 'id.x'],
      hash_key_env: 'HASH_KEY',
    };
    expect(problemsOf(settings, KEY)).toEqual([]);
  });

  it('need no key where nothing is received', async () => {
    const { withoutSecrets } = await import('../../../packages/tap-webhooks/dist/integrations.js');
    const integrations = [
      { name: 'shop', provider: 'webhooks', drop_fields: ['a'], hash_key_file: '/does/not/exist' },
    ];
    expect(resolveIntegrations(withoutSecrets(tapConfig({ integrations })), {})).toHaveLength(1);
  });
});
