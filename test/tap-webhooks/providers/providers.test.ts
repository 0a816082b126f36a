import { readdirSync, readFileSync } from 'node:fs';
import type { JsonSchema } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { describe, expect, it } from 'vitest';
import { delighted } from '../../../packages/tap-webhooks/dist/providers/delighted.js';
import {
  findProvider,
  providerNames,
  providers,
} from '../../../packages/tap-webhooks/dist/providers/index.js';
import { vero } from '../../../packages/tap-webhooks/dist/providers/vero.js';
import { webhooks } from '../../../packages/tap-webhooks/dist/providers/webhooks.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { signed } from '../signatures/signed-request.js';

const URL_SHOWN = 'https://hooks.example.com/v1/shop/token';

/** Names of the providers that say what their payload looks like. */
const described = providers.filter(({ schema }) => schema !== undefined).map(({ name }) => name);

const payloads = new URL('../../../examples/payloads/', import.meta.url);
const samples = described.flatMap((name) => {
  const folder = new URL(`${name}/`, payloads);
  return readdirSync(folder).map((file) => [name, file, new URL(file, folder)] as const);
});

describe('every provider', () => {
  it.each(providerNames)('is found by its name: %s', (name) => {
    expect(findProvider(name)?.name).toBe(name);
  });

  it('has a name of its own, and others find nothing', () => {
    expect(new Set(providerNames).size).toBe(providerNames.length);
    expect(findProvider('unheard-of')).toBeUndefined();
  });

  it.each(providerNames)('shows the URL once in its steps: %s', (name) => {
    const steps = findProvider(name)?.steps(URL_SHOWN) ?? [];
    expect(steps.filter((step) => step.includes(URL_SHOWN))).toHaveLength(1);
  });

  it.each(samples)('with a payload schema has samples that fit it: %s/%s', (name, _file, path) => {
    const { check } = compileSchema(findProvider(name)?.schema as JsonSchema);
    expect(check(JSON.parse(readFileSync(path, 'utf8')))).toBeUndefined();
  });
});

describe('Delighted', () => {
  const BODY =
    '{"event_type":"survey_response.created","event_id":"e1","event_data":{"id":"5435","score":9}}';
  // By `openssl dgst -sha256 -hmac delighted-api-key`.
  const SIGNATURE = 'sha256=16941d86e6f467882a725c58d852cdd5080211c34c7190f92d28c9e6f2c96786';

  it('signs with the API key in its own header', () => {
    const verify = verifierOf(delighted.verification ?? { scheme: 'none' }, ['delighted-api-key']);
    expect(verify?.(signed({ 'x-delighted-webhook-signature': SIGNATURE }, BODY))).toEqual({});
  });

  it('has the id and the type of an event in the body', () => {
    expect(delighted.deliveryId).toEqual({ body: ['event_id'] });
    expect(delighted.eventType).toEqual({ body: ['event_type'] });
  });

  it('has no key, as in Stitch; versions are told by the response or the person', () => {
    expect(delighted.keyProperties).toEqual([]);
    expect(delighted.latestBy).toEqual({
      column: 'event_type',
      paths: {
        'survey_response.created': 'event_data.id',
        'survey_response.updated': 'event_data.id',
        'unsubscribe.created': 'event_data.person_id',
      },
    });
  });
});

describe('Vero', () => {
  it('signs nothing, and sends no id', () => {
    expect(vero.verification).toBeUndefined();
    expect(vero.deliveryId).toBeUndefined();
  });

  it('tells versions of users by user.id, of messages by message_id', () => {
    expect(vero.latestBy).toMatchObject({
      column: 'type',
      paths: { user_updated: 'user.id', unsubscribed: 'user.id', opened: 'message_id' },
    });
  });

  it('says nothing of the type of user.id, which is a number for some and text for others', () => {
    const { check } = compileSchema(vero.schema as JsonSchema);
    expect(check({ type: 'user_created', user: { id: 7 } })).toBeUndefined();
    expect(check({ type: 'user_created', user: { id: 'seven' } })).toBeUndefined();
  });
});

describe('webhooks', () => {
  it('takes the delivery id of Standard Webhooks, and defines no key and no schema', () => {
    expect(webhooks.deliveryId).toEqual({ header: 'webhook-id', alternatives: ['svix-id'] });
    expect(webhooks.keyProperties).toEqual([]);
    expect(webhooks.schema).toBeUndefined();
  });
});
