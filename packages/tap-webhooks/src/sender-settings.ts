import type { JsonSchema } from '@tap-webhooks/singer';
import { BODY_FORMATS, type BodyFormat } from './bodies/body-rules.js';

/** Where a value of a delivery is, as it is written in the config. */
export type PlaceSetting = { readonly header: string } | { readonly body: string };

/** Which column is added to rows, as it is written in the config. */
export type ColumnSetting =
  | 'event_id'
  | 'event_type'
  | 'event_time'
  | { readonly header: string }
  | { readonly query: string };

/** What the config says of the bodies, ids and columns of one sender. */
export interface SenderConfig {
  readonly body_format?: BodyFormat;
  readonly json_field?: string;
  readonly unroll?: string | { readonly path: string; readonly copy?: readonly string[] };
  readonly on_malformed: 'refuse' | 'quarantine';
  readonly delivery_id?: 'digest' | PlaceSetting | readonly PlaceSetting[];
  readonly dedupe_by?: 'id' | 'id_and_content';
  readonly event_type?: PlaceSetting | readonly PlaceSetting[];
  readonly event_time?: PlaceSetting | readonly PlaceSetting[];
  readonly columns?: readonly ColumnSetting[];
  readonly drop_fields?: readonly string[];
  readonly hash_fields?: readonly string[];
  readonly hash_key_file?: string;
  readonly hash_key_env?: string;
}

const TEXT = { type: 'string', minLength: 1 } as const;
const PATHS = { type: 'array', minItems: 1, uniqueItems: true, items: TEXT } as const;
/** A name as RFC 9110 allows it. */
const HEADER = { type: 'string', pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" } as const;

const PLACE = {
  properties: {
    header: { ...HEADER, description: 'Name of a request header' },
    body: { ...TEXT, description: 'Path in the event, such as `event.id`, or as a JSON pointer `/event/id`' },
  },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
} as const;

/** A place, or a list of places. */
const PLACES = {
  type: ['object', 'array'],
  ...PLACE,
  minItems: 1,
  items: { type: 'object', ...PLACE },
} as const;

/** Type, default and description of these settings, as properties of an integration. */
export const senderSettings: { readonly [name: string]: JsonSchema } = {
  body_format: {
    type: 'string',
    enum: BODY_FORMATS,
    description:
      "How the body is written. A body that is JSON is always accepted. Default: the provider's, else as Content-Type and bytes show",
  },
  json_field: {
    ...TEXT,
    description:
      "Field of a form that holds the event as JSON, such as `payload`; the form's other fields are dropped. Default: the provider's",
  },
  unroll: {
    type: ['string', 'object'],
    minLength: 1,
    required: ['path'],
    additionalProperties: false,
    properties: {
      path: { ...TEXT, description: 'Path of the array' },
      copy: { ...PATHS, description: 'Paths of values around the array that each row gets too' },
    },
    description:
      "Path of an array in the body, such as `entry`, whose items become a row each. Default: the provider's",
  },
  on_malformed: {
    type: 'string',
    enum: ['refuse', 'quarantine'],
    default: 'refuse',
    description:
      'What becomes of a body that cannot be read. refuse: it is answered 400 or 415, and nothing is kept; quarantine: it is answered 200 and kept raw',
  },
  delivery_id: {
    ...PLACES,
    type: ['string', 'object', 'array'],
    pattern: '^digest$',
    description:
      "Where the sender puts an id that is the same when it tries again: a header or a path in the event; several of them together; or `digest`, where equal bodies are one delivery. Default: the provider's",
  },
  dedupe_by: {
    type: 'string',
    enum: ['id', 'id_and_content'],
    description:
      "A delivery is a repetition when its id was seen before (id), or its id with the same content (id_and_content). Default: the provider's, else id_and_content",
  },
  event_type: {
    ...PLACES,
    description: "Where the event type is; of several places the first that has one. Default: the provider's",
  },
  event_time: {
    ...PLACES,
    description:
      "Where the event's time is; of several places the first that has one. Default: the provider's",
  },
  columns: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: {
      type: ['string', 'object'],
      pattern: '^event_(id|type|time)$',
      properties: {
        header: { ...HEADER, description: 'Name of a request header' },
        query: {
          type: 'string',
          pattern: '[A-Za-z0-9]',
          maxLength: 100,
          description: 'Name in the query of the URL',
        },
      },
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
    description:
      'Columns that the tap adds to later rows: `event_id`, `event_type`, `event_time`, {"header": "x-shop"}, {"query": "source"}',
  },
  drop_fields: {
    ...PATHS,
    description:
      'Paths of fields that are never written to disk. An array adds no step: `items.email` is dropped in each item',
  },
  hash_fields: {
    ...PATHS,
    description:
      'Paths of fields that are replaced by HMAC-SHA256 of their text, before anything is written to disk',
  },
  hash_key_file: {
    ...TEXT,
    description: 'File with the key for `hash_fields` and `drop_fields`: at least 16 characters',
  },
  hash_key_env: { ...TEXT, description: 'Name of an environment variable with that key' },
};
