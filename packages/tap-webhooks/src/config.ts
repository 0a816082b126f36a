import { COLUMN, type JsonSchema, type LatestBy, loadConfig } from '@tap-webhooks/singer';
import type { EmitKey } from './emit/stream-format.js';
import { INTEGRATION_NAME } from './names.js';
import { providerNames } from './providers/index.js';

/** One integration as a person writes it. */
export interface IntegrationConfig {
  readonly name?: string;
  readonly display_name?: string;
  readonly provider: string;
  readonly key_properties?: readonly string[];
  readonly secrets?: readonly string[];
  readonly secrets_file?: string;
  readonly secrets_env?: string;
  readonly events?: readonly string[];
  readonly schema?: string | JsonSchema;
  readonly latest_by?: LatestBy;
  readonly body_limit_bytes: number;
}

export type Mode = 'listen' | 'receive' | 'follow' | 'drain';

/** The config with its defaults. `settings` below says what each setting means. */
export interface TapConfig {
  readonly integrations: readonly IntegrationConfig[];
  readonly inbox_path: string;
  readonly host: string;
  readonly port: number;
  readonly public_url?: string;
  readonly mode: Mode;
  readonly consumer: string;
  readonly state_interval_seconds: number;
  readonly state_interval_records: number;
  readonly retention_days: number;
  readonly dedupe_days: number;
  readonly accept_state_of_inbox?: string;
  readonly emit_key: EmitKey;
}

const NAMES = { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', minLength: 1 } };

const integration: JsonSchema = {
  type: 'object',
  required: ['provider'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      pattern: INTEGRATION_NAME,
      description:
        'Name in the URL and of the stream `<name>-data`. Cannot change once events exist. This or `display_name` is required',
    },
    display_name: {
      type: 'string',
      minLength: 1,
      description: 'Name for people; `Stitch Delighted` gives the name `stitch_delighted`',
    },
    provider: {
      type: 'string',
      enum: providerNames,
      description: `Who sends: ${providerNames.join(', ')} (\`webhooks\`: anything that posts JSON)`,
    },
    key_properties: {
      ...NAMES,
      description: `Top-level fields that identify a row. Default: the provider's, else a UUID in \`${COLUMN.generatedKey}\``,
    },
    secrets: {
      ...NAMES,
      description:
        'Signing secrets; several at once while one is rotated out. Without one the URL alone protects',
    },
    secrets_file: { type: 'string', minLength: 1, description: 'File with signing secrets, one a line' },
    secrets_env: {
      type: 'string',
      minLength: 1,
      description: 'Name of an environment variable with signing secrets, one a line',
    },
    events: { ...NAMES, description: 'Event types to keep. Default: all' },
    schema: {
      type: ['string', 'object'],
      description:
        "JSON Schema of the payload, or the path of a file with one. Default: the provider's, else what the data shows",
    },
    latest_by: {
      type: ['string', 'object'],
      required: ['column', 'paths'],
      additionalProperties: false,
      properties: {
        column: { type: 'string', minLength: 1, description: 'Column that tells the event types apart' },
        paths: {
          type: 'object',
          minProperties: 1,
          additionalProperties: { type: 'string', minLength: 1 },
          description: 'Path for each value of that column',
        },
      },
      description:
        "Path (`event_data.id`) whose value tells which rows are versions of one thing. Default: the provider's",
    },
    body_limit_bytes: {
      type: 'integer',
      minimum: 1,
      maximum: 200_000_000,
      default: 20_000_000,
      description: 'Largest request body in bytes; a larger one is answered 413',
    },
  },
};

/** The one place for type, default and description of every setting; `schemas/tap-webhooks.config.json` is its copy. */
export const settings: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Config of tap-webhooks',
  type: 'object',
  properties: {
    integrations: {
      type: 'array',
      items: integration,
      default: [],
      description: 'Senders of webhooks, one URL and one stream each',
    },
    inbox_path: {
      type: 'string',
      minLength: 1,
      default: 'inbox',
      description: 'Folder of the inbox, on a local disk; relative to the working folder',
    },
    host: {
      type: 'string',
      minLength: 1,
      default: '127.0.0.1',
      description: 'Address to listen on; `0.0.0.0` for all of the machine',
    },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      default: 8080,
      description: 'Port to listen on; 0 takes any free one',
    },
    public_url: {
      type: 'string',
      pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$',
      description: 'Address under which providers reach this receiver, such as https://hooks.example.com',
    },
    mode: {
      type: 'string',
      enum: ['listen', 'receive', 'follow', 'drain'],
      default: 'listen',
      description:
        'listen: take webhooks and emit until stopped; receive: only take them; follow: only emit; drain: emit what waits, then end',
    },
    consumer: {
      type: 'string',
      pattern: '^[a-z0-9_-]{1,63}$',
      default: 'default',
      description: 'Name of the pipe that reads the inbox; each pipe needs its own',
    },
    state_interval_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 10,
      description: 'A STATE goes out after so many seconds with new records',
    },
    state_interval_records: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description: 'A STATE goes out after so many records',
    },
    retention_days: {
      type: 'number',
      minimum: 0,
      default: 7,
      description: 'Events are kept so many days, and until every consumer has confirmed them',
    },
    dedupe_days: {
      type: 'number',
      minimum: 0,
      default: 30,
      description: 'A delivery that a provider repeats is recognised for so many days',
    },
    accept_state_of_inbox: {
      type: 'string',
      minLength: 1,
      description: 'Incarnation of an inbox whose bookmarks are accepted although they do not fit',
    },
    emit_key: {
      type: 'string',
      enum: ['integration', 'identity'],
      default: 'integration',
      description: `integration: SCHEMA names the integration's key; identity: \`${COLUMN.inbox}\` and \`${COLUMN.position}\`, for targets that upsert`,
    },
  },
};

/**
 * Reads and checks the config by its schema. What needs more than a schema is checked by `resolveIntegrations`.
 * @param sources paths and `ENV`.
 * @param unknown told the settings that there are none of.
 * @throws ToolkitError `config_invalid` with every problem, `config_unreadable`; exit 1.
 */
export function loadTapConfig(
  sources: readonly string[],
  env?: NodeJS.ProcessEnv,
  unknown?: (names: readonly string[]) => void,
): TapConfig {
  return loadConfig<TapConfig>({ program: 'tap-webhooks', schema: settings }, sources, env, unknown);
}
