import { COLUMN, type JsonSchema, type ProgramConfig } from '@tap-webhooks/singer';
import { loadConfig } from '@tap-webhooks/singer/config';
import { refusedSettings, type TargetSettings, targetSettings } from '@tap-webhooks/target-core';

/** The settings, checked and with their defaults filled in. */
export interface Config extends TargetSettings {
  readonly project: string;
  readonly dataset?: string;
  readonly location?: string;
  readonly credentials_path?: string;
  /** JSON text, or the object itself. */
  readonly credentials_json?: string | object;
  readonly impersonate_service_account?: string;
  readonly api_endpoint?: string;
  readonly storage_api_endpoint?: string;
  readonly method: 'batch_job' | 'storage_write_api';
  readonly spool_path: string;
  /** Seconds. */
  readonly timeout: number;
  readonly partition_granularity: 'year' | 'month' | 'day' | 'hour' | 'none';
  readonly partition_column: string;
  readonly cluster_on_key_properties: boolean;
  readonly labels: { readonly [key: string]: string };
  readonly table_description?: string;
  readonly raw: boolean;
  readonly array_value_wrapping: boolean;
  readonly sequence_unit: 'ms' | 'stitch';
  readonly latest_view: boolean;
  readonly load_log: boolean;
  readonly daily_load_limit: number;
}

const MIB = 1024 * 1024;
const BATCH_ROWS = 100_000;

const settings: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'target-bigquery',
  type: 'object',
  required: ['project'],
  properties: {
    project: {
      type: 'string',
      pattern: '^[a-z0-9.:-]+$',
      'x-pattern-in-words':
        'must be the id of a project, such as my-project-1: lower-case letters, digits and hyphens',
      minLength: 1,
      description: 'Id of the Google Cloud project that holds the datasets and pays for jobs.',
    },
    dataset: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z0-9_]+$',
      'x-pattern-in-words': 'must consist of letters, digits and underscores, and not name the project',
      description:
        'Dataset of streams without a hyphen in their name; stream `a-b` goes to table `b` of dataset `a`.',
    },
    location: {
      type: 'string',
      minLength: 1,
      description:
        'Location of new datasets, e.g. `EU` or `europe-west3`. A dataset can never be moved, so none is created without this setting. An existing dataset stays where it is, and needs none.',
    },
    credentials_path: {
      type: 'string',
      minLength: 1,
      description:
        'Path of a service account key file. Without a key, Application Default Credentials are used.',
    },
    credentials_json: {
      type: ['string', 'object'],
      description: 'The service account key itself, as JSON.',
    },
    impersonate_service_account: {
      type: 'string',
      minLength: 3,
      pattern: '@',
      'x-pattern-in-words': 'must be the e-mail address of a service account',
      description:
        'E-mail address of a service account to act as. The credentials need the role Service Account Token Creator on it.',
    },
    api_endpoint: {
      type: 'string',
      minLength: 1,
      description: 'URL of an emulator of BigQuery, e.g. `http://127.0.0.1:9050`. No credentials are needed.',
    },
    storage_api_endpoint: {
      type: 'string',
      minLength: 1,
      description: 'Host and port of the Storage Write API of an emulator, e.g. `127.0.0.1:9060`.',
    },
    method: {
      type: 'string',
      enum: ['batch_job', 'storage_write_api'],
      default: 'batch_job',
      description:
        '`batch_job`: load jobs, which are free; new rows are in the table within about a minute. `storage_write_api`: within seconds, and Google charges for it.',
    },
    spool_path: {
      type: 'string',
      minLength: 1,
      default: '.target-bigquery',
      description:
        'Folder for rows that are being loaded and notes of what is loaded, relative to the working folder. It may be lost at any time: nothing is loaded twice.',
    },
    timeout: {
      type: 'integer',
      minimum: 1,
      default: 3600,
      description: 'Longest time in seconds that a load job or a query may take.',
    },
    partition_granularity: {
      type: 'string',
      enum: ['year', 'month', 'day', 'hour', 'none'],
      default: 'month',
      description: 'Length of the partitions of new tables.',
    },
    partition_column: {
      type: 'string',
      minLength: 1,
      default: COLUMN.receivedAt,
      description:
        'TIMESTAMP or DATE column by which new tables are partitioned. Tables without it are not partitioned.',
    },
    cluster_on_key_properties: {
      type: 'boolean',
      default: true,
      description: 'Cluster new tables by their key and `_sdc_sequence`.',
    },
    labels: {
      type: 'object',
      default: {},
      maxProperties: 40,
      propertyNames: { pattern: '^[a-z][a-z0-9_-]{0,62}$' },
      additionalProperties: { type: 'string', pattern: '^[a-z0-9_-]{0,63}$' },
      description:
        'Labels of new datasets, new tables and all jobs, in addition to `integration`, `stream` and `target`.',
    },
    table_description: {
      type: 'string',
      maxLength: 16_384,
      description: 'Description of new tables, instead of a sentence that names the stream.',
    },
    raw: {
      type: 'boolean',
      default: false,
      description: 'Load each payload into one JSON column `payload`, next to the `_sdc_` columns.',
    },
    array_value_wrapping: {
      type: 'boolean',
      default: false,
      description: 'Wrap items of arrays in a record with one field `value`, as Stitch does.',
    },
    sequence_unit: {
      type: 'string',
      enum: ['ms', 'stitch'],
      default: 'ms',
      description:
        "Unit in which `_sdc_sequence` is loaded: milliseconds, as the tap sends it, or Stitch's (a millionth of that) for tables that Stitch created.",
    },
    latest_view: {
      type: 'boolean',
      default: true,
      description: 'Keep a view `<table>_latest` of the newest version of each key for each table.',
    },
    load_log: {
      type: 'boolean',
      default: true,
      description: 'Keep a table `_sdc_loads` of what was loaded when in each dataset.',
    },
    daily_load_limit: {
      type: 'integer',
      minimum: 10,
      default: 1500,
      description:
        'Most load jobs per table within 24 hours (BigQuery has such a limit). Loads are spread over the day when few are left.',
    },
    ...targetSettings,
    batch_size_rows: { ...targetSettings.batch_size_rows, default: BATCH_ROWS },
    batch_size: {
      type: 'integer',
      minimum: 1,
      description: 'Another name for `batch_size_rows`.',
    },
    batch_size_bytes: {
      ...targetSettings.batch_size_bytes,
      default: 8 * MIB,
      maximum: 32 * MIB,
      description:
        'Bytes per batch, 32 MiB at most: a load is one request, repeated as a whole when it fails. Also the limit for all batches that are still collecting, in all tables together.',
    },
    max_batch_age_seconds: {
      ...withoutDefault(targetSettings.max_batch_age_seconds),
      description:
        'Longest time in seconds that a row waits before it is loaded, on quiet streams too. 60 by default, 1 with `storage_write_api`.',
    },
  },
};

export const programConfig: ProgramConfig = {
  program: 'target-bigquery',
  schema: settings,
  refused: refusedSettings,
};

/**
 * Reads the settings. `batch_size` counts as `batch_size_rows`, and the longest wait depends on the method.
 * @param unknown called with the names of unknown settings, and a sentence about them.
 */
export function readConfig(
  sources: readonly string[],
  env: NodeJS.ProcessEnv,
  unknown: (settings: readonly string[], sentence: string) => void,
): Config {
  const { batch_size: rows, ...given } = loadConfig<Config & { batch_size?: number }>(
    programConfig,
    sources,
    env,
    unknown,
  );
  return Object.freeze({
    ...given,
    batch_size_rows: given.batch_size_rows === BATCH_ROWS ? (rows ?? BATCH_ROWS) : given.batch_size_rows,
    max_batch_age_seconds: given.max_batch_age_seconds ?? (given.method === 'storage_write_api' ? 1 : 60),
  });
}

function withoutDefault<T extends { readonly default: unknown }>({
  default: _,
  ...rest
}: T): Omit<T, 'default'> {
  return rest;
}
