import type { JsonSchema } from '@tap-webhooks/singer';

/**
 * Where a request carries a value: in a header, in a member of a JSON body, or in a parameter of the URL's query. Exactly one
 * of the three.
 */
export interface Place {
  /** Name, in any letter case. Of several names all that are there count. */
  readonly header?: string | readonly string[];
  /** Path of members, such as `signature.token`. */
  readonly body?: string;
  readonly query?: string;
  /** Text before the value, such as `sha256=` or `v1=`. */
  readonly prefix?: string;
  /** Text between several values, such as `,` in `t=1,v1=ab,v1=cd`. */
  readonly separator?: string;
}

export type TimeUnit = 'seconds' | 'milliseconds' | 'rfc3339';

export interface TimestampPlace extends Place {
  readonly unit?: TimeUnit;
}

const SCHEMES = [
  'hmac',
  'ecdsa',
  'ed25519',
  'standard-webhooks',
  'header',
  'bearer',
  'basic',
  'none',
] as const;
const HASHES = ['sha1', 'sha256', 'sha512', 'md5'] as const;
const ENCODINGS = ['hex', 'base64', 'base64url'] as const;
const KEY_FORMS = ['text', 'hex', 'base64', 'whsec'] as const;
const UNITS: readonly TimeUnit[] = ['seconds', 'milliseconds', 'rfc3339'];

export type Hash = (typeof HASHES)[number];
export type Encoding = (typeof ENCODINGS)[number];
export type KeyForm = (typeof KEY_FORMS)[number];

/**
 * How a sender proves who it is, as data: the setting `verification`, and what a preset says of its provider. The schema below
 * says what each member means, and `scheme-problems.ts` which of them belong together.
 */
export interface Verification {
  readonly scheme: (typeof SCHEMES)[number];
  readonly header?: string;
  readonly signature?: Place;
  readonly signed?: string;
  readonly hash?: Hash;
  readonly encoding?: Encoding;
  readonly key?: KeyForm;
  readonly id?: Place;
  readonly timestamp?: TimestampPlace;
  readonly tolerance_seconds?: number;
  readonly body_digest?: Place;
}

const TEXT = { type: 'string', minLength: 1 };

function place(what: string, more: object = {}): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      header: {
        type: ['string', 'array'],
        minLength: 1,
        minItems: 1,
        items: TEXT,
        description: 'Name of the header, or a list of names',
      },
      body: { ...TEXT, description: 'Path in a JSON body, such as `signature.token`' },
      query: { ...TEXT, description: "Name of a parameter in the URL's query" },
      prefix: { ...TEXT, description: 'Text before the value, such as `sha256=` or `v1=`' },
      separator: { ...TEXT, description: 'Text between several values. Default: a comma' },
      ...more,
    },
    description: what,
  };
}

/** Type and description of the setting `verification`. */
export const verificationSettings: JsonSchema = {
  type: 'object',
  required: ['scheme'],
  additionalProperties: false,
  properties: {
    scheme: {
      type: 'string',
      enum: SCHEMES,
      description:
        'hmac, ecdsa, ed25519: a signature. standard-webhooks: as that standard says. header: a secret in the header that `header` names. bearer, basic: a secret in `Authorization` (for basic it is `user:password`). none: nothing, so only the URL protects the endpoint',
    },
    header: { ...TEXT, description: 'With the scheme header: name of the header that holds the secret' },
    signature: place('Where the signature is. One that fits is enough'),
    signed: {
      ...TEXT,
      description:
        'What is signed: text with `{method}`, `{url}`, `{decoded_url}`, `{path}`, `{id}`, `{timestamp}`, `{header:NAME}`, `{body}`, `{body:PATH}`, `{fields}`. Default: `{body}`',
    },
    hash: { type: 'string', enum: HASHES, description: 'Default: sha256' },
    encoding: { type: 'string', enum: ENCODINGS, description: 'How the signature is written. Default: hex' },
    key: {
      type: 'string',
      enum: KEY_FORMS,
      description:
        'What a secret is: the text itself, hex, base64, or whsec (`whsec_` and base64). Default: text; for standard-webhooks whsec. Public keys need no such word',
    },
    id: place('Where the signed id is. For `webhooks` it is also the delivery id'),
    timestamp: place('Where the signed time is', {
      unit: { type: 'string', enum: UNITS, description: 'How the time is written. Default: seconds' },
    }),
    tolerance_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      description:
        'Refuse a signature that is older than this, or as far in the future. Set it only if the sender signs each retry anew: otherwise retries after an outage are lost. Default: never; for standard-webhooks 300',
    },
    body_digest: place('Where the signed SHA-256 of the body is, when the body itself is not signed'),
  },
  description:
    "How the sender proves who it is; the README shows examples. Default: the provider's, when there is a secret",
};
