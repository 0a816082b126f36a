import { type JsonObject, LIMIT, type RefusedSettings } from '@tap-webhooks/singer';

/** The settings that all targets have, checked and with their defaults filled in. */
export interface TargetSettings {
  readonly batch_size_rows: number;
  readonly batch_size_bytes: number;
  readonly max_batch_age_seconds: number;
  readonly max_line_bytes: number;
  readonly validate_records: boolean;
  readonly on_invalid_record: 'reject' | 'fail';
  readonly add_record_metadata: boolean;
  readonly default_target_schema?: string;
  readonly load_method: 'append-only';
}

const MIB = 1024 * 1024;

/** JSON Schema of these settings: a target spreads it into the `properties` of its own config schema. */
export const targetSettings = {
  batch_size_rows: {
    type: 'integer',
    minimum: 1,
    default: 10_000,
    description: 'Rows per batch: at most this many rows of one table are loaded together.',
  },
  batch_size_bytes: {
    type: 'integer',
    minimum: 1,
    default: 16 * MIB,
    description:
      'Bytes per batch; also the limit for all batches that are still collecting, in all tables together.',
  },
  max_batch_age_seconds: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 86_400,
    default: 60,
    description: 'Seconds after which a batch is loaded, even if it is not full.',
  },
  max_line_bytes: {
    type: 'integer',
    minimum: 1,
    maximum: 256 * MIB,
    default: 100 * MIB,
    description: `Longest input line in bytes; a longer line stops the run. For streams of tap-webhooks at least ${LIMIT.lineBytes}.`,
  },
  validate_records: {
    type: 'boolean',
    default: true,
    description: 'Check each record against the JSON Schema of its stream.',
  },
  on_invalid_record: {
    type: 'string',
    enum: ['reject', 'fail'],
    default: 'reject',
    description:
      'What to do with an invalid record: `reject` puts it into the table `_sdc_rejected`, `fail` stops the run.',
  },
  add_record_metadata: {
    type: 'boolean',
    default: true,
    description:
      'Add the `_sdc_` columns to each row. When false, rows are loaded exactly as the tap sent them.',
  },
  default_target_schema: {
    type: 'string',
    minLength: 1,
    description: 'Schema (dataset, folder) of all tables, instead of the one in the name of each stream.',
  },
  load_method: {
    type: 'string',
    enum: ['append-only'],
    default: 'append-only',
    description: 'How rows are loaded: they are only ever added.',
  },
} as const satisfies JsonObject;

const APPENDED =
  'rows are only added, never changed or deleted. For the latest version of each key, take its row with the highest `_sdc_sequence`; target-bigquery keeps the view `<table>_latest` of them. Remove the setting.';
const MAPPER =
  'records are loaded as they come. Put a mapper between the tap and this target (in Meltano a plugin such as meltano-map-transformer), and remove the setting.';

/** Settings of other targets that would change which rows or values are loaded. A config that asks for them is refused. */
export const refusedSettings: RefusedSettings = {
  stream_maps: MAPPER,
  flattening_enabled: MAPPER,
  upsert: APPENDED,
  overwrite: APPENDED,
  dedupe_before_upsert: APPENDED,
  hard_delete: APPENDED,
};
