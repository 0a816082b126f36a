import { type JsonSchema, OWNER_ONLY, type ProgramConfig, type Rights } from '@tap-webhooks/singer';
import { refusedSettings, type TargetSettings, targetSettings } from '@tap-webhooks/target-core';

/** The settings after the check, with their defaults filled in. */
export interface Config extends TargetSettings {
  readonly destination_path: string;
  readonly file_naming: 'schema' | 'hub';
  readonly do_timestamp_file: boolean;
  readonly custom_name: string;
  readonly rotate_bytes?: number;
  readonly rotate_seconds?: number;
  readonly compression: 'none' | 'gzip';
  readonly share_files_with: 'nobody' | 'group' | 'everyone';
}

const settings: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'target-jsonl',
  type: 'object',
  properties: {
    destination_path: {
      type: 'string',
      minLength: 0,
      default: 'output',
      description:
        'Folder of the files, relative to the working folder; created when it is absent. Empty: the working folder itself.',
    },
    file_naming: {
      type: 'string',
      enum: ['schema', 'hub'],
      default: 'schema',
      description:
        "How files are named. `schema`: stream `a-b` goes to `a/b.jsonl`, a stream without hyphen to `<stream>.jsonl`. `hub`: always `<stream>.jsonl`, as the Hub's target-jsonl does.",
    },
    do_timestamp_file: {
      type: 'boolean',
      default: false,
      description: 'Begin a new file in each run: `<name>-<local time of the start>.jsonl`.',
    },
    custom_name: {
      type: 'string',
      default: '',
      maxLength: 100,
      pattern: '^(?!(.*-)?_[sS][dD][cC]_)[^/\\\\]*$',
      'x-pattern-in-words':
        'must have no slash or backslash, and no part that begins with `_sdc_`: the target keeps such names for itself',
      description:
        'Name of the files instead of the table (with `hub`: instead of the stream). Several streams then share a file; either all of them are marked (`x-sdc-identity`) or none. Names that begin with `_sdc_` are refused.',
    },
    rotate_bytes: {
      type: 'integer',
      minimum: 1,
      description: 'Bytes after which a file is closed and another is begun. Off by default.',
    },
    rotate_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'Seconds after which a file is closed and another is begun. Off by default.',
    },
    compression: {
      type: 'string',
      enum: ['none', 'gzip'],
      default: 'none',
      description: 'How closed files are compressed. The open file is always plain.',
    },
    share_files_with: {
      type: 'string',
      enum: ['nobody', 'group', 'everyone'],
      default: 'nobody',
      description:
        'Who else may read new files of rows and their folders, as far as the umask allows: `nobody` (0600, 0700), `group` (0640, 0750) or `everyone` (0644, 0755). Manifests and locks are only for the user that runs the target.',
    },
    ...targetSettings,
    max_batch_age_seconds: { ...targetSettings.max_batch_age_seconds, default: 1 },
  },
};

export const programConfig: ProgramConfig = {
  program: 'target-jsonl',
  schema: settings,
  refused: refusedSettings,
};

/** Rights of files of rows and their folders, by the setting `share_files_with`. */
export const SHARED: { readonly [who in Config['share_files_with']]: Rights } = {
  nobody: OWNER_ONLY,
  group: { folder: 0o750, file: 0o640 },
  everyone: { folder: 0o755, file: 0o644 },
};
