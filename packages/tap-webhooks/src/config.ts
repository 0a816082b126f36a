import { COLUMN, type JsonSchema, type LatestBy, type RefusedSettings } from '@tap-webhooks/singer';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { loadConfig } from '@tap-webhooks/singer/config';
import { MODES, MODES_TEXT, type Mode } from './modes.js';
import { INTEGRATION_NAME } from './names.js';
import { providerNames } from './providers/index.js';
import { type SenderConfig, senderSettings } from './sender-settings.js';
import { type Verification, verificationSettings } from './signatures/scheme.js';

/** One integration as it is written in the config. */
export interface IntegrationConfig extends SenderConfig {
  readonly name?: string;
  readonly display_name?: string;
  readonly provider: string;
  readonly key_properties?: readonly string[];
  readonly secrets?: readonly string[];
  readonly secrets_file?: string;
  readonly secrets_env?: string;
  readonly verification?: Verification;
  readonly events?: readonly string[];
  readonly schema?: string | JsonSchema;
  readonly latest_by?: LatestBy;
  readonly body_limit_bytes?: number;
  readonly max_map_keys: number;
  readonly max_waiting_bytes?: number;
  readonly max_quarantine_bytes: number;
}

/** The setting `emit_key`: the integration's own key, or the identity columns. */
export type EmitKey = 'integration' | 'identity';

/** The config, with defaults filled in. The schema `settings` below says what each setting means. */
export interface TapConfig {
  readonly integrations: readonly IntegrationConfig[];
  readonly inbox_path: string;
  readonly require_durable_inbox: boolean;
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

/** A body of this size fits into one line (`LIMIT.lineBytes`), with the system columns and what is around them. */
const MOST_BODY_BYTES = 50_000_000;

/** Used where neither the integration nor its provider names a limit. */
export const DEFAULT_BODY_BYTES = 20_000_000;

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
        'Name in the URL, and of the stream `<name>-data`. Cannot change once events exist. Either this or `display_name` is required',
    },
    display_name: {
      type: 'string',
      minLength: 1,
      description: 'Name for people; `Stitch Delighted` gives the name `stitch_delighted`',
    },
    provider: {
      type: 'string',
      enum: providerNames,
      description: `Kind of sender: ${providerNames.join(', ')} (\`webhooks\`: anything that posts JSON or forms)`,
    },
    key_properties: {
      ...NAMES,
      description: `Top-level fields that identify a row. Default: the provider's, else a UUID in \`${COLUMN.generatedKey}\``,
    },
    secrets: {
      ...NAMES,
      description:
        'Secrets that the sender shares, or its public keys, as it shows them. Give two while you change the secret. Without one, only the secret URL protects the endpoint',
    },
    secrets_file: {
      type: 'string',
      minLength: 1,
      description: 'File with such secrets, one per line; a PEM key may have several lines',
    },
    secrets_env: {
      type: 'string',
      minLength: 1,
      description: 'Name of an environment variable with such secrets, in the same form',
    },
    verification: verificationSettings,
    events: {
      ...NAMES,
      description: 'Event types to keep; others are answered 200 and only counted. Default: all',
    },
    schema: {
      type: ['string', 'object'],
      description:
        "JSON Schema of the payload, or the path of a file with one. Default: the provider's, else learned from the data",
    },
    latest_by: {
      type: ['string', 'object'],
      required: ['column', 'paths'],
      additionalProperties: false,
      properties: {
        column: { type: 'string', minLength: 1, description: 'Column that holds the event type' },
        paths: {
          type: 'object',
          minProperties: 1,
          additionalProperties: { type: 'string', minLength: 1 },
          description: 'Path per value of that column',
        },
      },
      description:
        "Path, such as `event_data.id`: rows with the same value there are versions of the same thing. Default: the provider's",
    },
    body_limit_bytes: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_BODY_BYTES,
      description: `Largest request body, in bytes; at most ${MOST_BODY_BYTES}. A larger one is answered with 413. Default: the provider's largest, else ${DEFAULT_BODY_BYTES}`,
    },
    max_map_keys: {
      type: 'integer',
      minimum: 1,
      default: 100,
      description:
        'An object with so many columns gets no others when hardly any of its names recurs: what comes under new names is kept in its `_sdc_extra`',
    },
    max_waiting_bytes: {
      type: 'integer',
      minimum: 1,
      description:
        'Bytes of events of this integration that the inbox may hold. From there on this integration alone is answered with 503. Default: half of the disk that holds the inbox',
    },
    max_quarantine_bytes: {
      type: 'integer',
      minimum: 1,
      default: 1_000_000_000,
      description:
        'Bytes of events of this integration that may come to the quarantine, since the inbox was created. From there on this integration alone is answered with 503',
    },
    ...senderSettings,
  },
};

/** Type, default and description of every setting. `schemas/tap-webhooks.config.json` is a generated copy. */
export const settings: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Config of tap-webhooks',
  type: 'object',
  properties: {
    integrations: {
      type: 'array',
      items: integration,
      default: [],
      description: 'Senders of webhooks. Each has its own URL and its own stream',
    },
    inbox_path: {
      type: 'string',
      minLength: 1,
      default: 'inbox',
      description: 'Folder of the inbox, on a local disk. A relative path starts at the working folder',
    },
    require_durable_inbox: {
      type: 'boolean',
      default: false,
      description:
        'Refuse to receive when the inbox is in memory (tmpfs) or in a container without a volume (overlay), where a 200 is worth little. Otherwise each start warns',
    },
    host: {
      type: 'string',
      minLength: 1,
      default: '127.0.0.1',
      description: 'Address to listen on; `0.0.0.0` for all addresses of the machine',
    },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      default: 8080,
      description: 'Port to listen on; 0 for any free port',
    },
    public_url: {
      type: 'string',
      pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$',
      description: 'Address at which providers reach this receiver, such as https://hooks.example.com',
    },
    mode: {
      type: 'string',
      enum: MODES,
      default: 'listen',
      description: MODES_TEXT,
    },
    consumer: {
      type: 'string',
      pattern: '^[a-z0-9_-]{1,63}$',
      default: 'default',
      description: 'Name under which this pipe reads the inbox. Each pipe needs its own',
    },
    state_interval_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 10,
      description: 'Emit a STATE after this many seconds with new records',
    },
    state_interval_records: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description: 'Emit a STATE after this many records',
    },
    retention_days: {
      type: 'number',
      minimum: 0,
      default: 7,
      description:
        'Keep events for this many days, and until every consumer has confirmed them. When the disk is full, confirmed events are deleted earlier',
    },
    dedupe_days: {
      type: 'number',
      minimum: 0,
      default: 30,
      description: 'Recognise repeated deliveries for this many days',
    },
    accept_state_of_inbox: {
      type: 'string',
      minLength: 1,
      description:
        'Incarnation whose bookmarks do not stop the tap when they do not fit the inbox: their streams start at the oldest kept event',
    },
    emit_key: {
      type: 'string',
      enum: ['integration', 'identity'],
      default: 'integration',
      description: `Key in SCHEMA messages. integration: the integration's key; identity: \`${COLUMN.inbox}\`, \`${COLUMN.position}\` and \`${COLUMN.sequence}\`, which together name each row for ever, for targets that upsert: they keep every event once`,
    },
  },
};

const MAPPER =
  'events are emitted as they came. Put a mapper between this tap and the target (in Meltano a plugin such as meltano-map-transformer), and remove the setting.';

/** Settings of other taps that would change which records or values are emitted. A config that asks for them is refused. */
const refused: RefusedSettings = { stream_maps: MAPPER, flattening_enabled: MAPPER };

/** Reads the config for a command, as `loadTapConfig` does, and warns of settings that do not exist. */
export function readTapConfig(
  { config: sources }: Pick<CommonArgs, 'config'>,
  { env, log }: Pick<Context, 'env' | 'log'>,
): TapConfig {
  return loadTapConfig(sources, env, (names, sentence) => log.warn({ settings: names }, sentence));
}

/**
 * Reads the config and checks it by its schema. `resolveIntegrations` checks what a schema cannot.
 * @param sources paths and `ENV`.
 * @param unknown called with the names of unknown settings, and a sentence about them for the log.
 * @throws ToolkitError `config_invalid` with every problem, `config_unreadable`; exit 1.
 */
export function loadTapConfig(
  sources: readonly string[],
  env?: NodeJS.ProcessEnv,
  unknown?: (settings: readonly string[], sentence: string) => void,
): TapConfig {
  return loadConfig<TapConfig>({ program: 'tap-webhooks', schema: settings, refused }, sources, env, unknown);
}
