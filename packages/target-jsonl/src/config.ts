import type { JsonSchema, ProgramConfig } from '@tap-webhooks/singer';
import { type TargetSettings, targetSettings } from '@tap-webhooks/target-core';

/** The settings, checked and with their defaults filled in. */
export interface Config extends TargetSettings {
  readonly destination_path: string;
  readonly file_naming: 'schema' | 'hub';
  readonly do_timestamp_file: boolean;
  readonly custom_name: string;
  readonly rotate_bytes?: number;
  readonly rotate_seconds?: number;
  readonly compression: 'none' | 'gzip';
}

const settings: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'target-jsonl',
  type: 'object',
  properties: {
    destination_path: {
      type: 'string',
      default: 'output',
      description:
        'Folder of the files, from the working folder; made when absent. An empty text is the working folder itself.',
    },
    file_naming: {
      type: 'string',
      enum: ['schema', 'hub'],
      default: 'schema',
      description:
        "`schema`: stream `a-b` goes to `a/b.jsonl`, one without hyphen to `<stream>.jsonl`. `hub`: `<stream>.jsonl`, as the Hub's target-jsonl names files.",
    },
    do_timestamp_file: {
      type: 'boolean',
      default: false,
      description: 'Begin a file of its own in each run: `<name>-<local time of the start>.jsonl`.',
    },
    custom_name: {
      type: 'string',
      default: '',
      maxLength: 100,
      pattern: '^[^/\\\\]*$',
      description:
        'Name of the files in place of the table (or, with `hub`, the stream): several streams then share a file, marked (x-sdc-identity) or not, but not both.',
    },
    rotate_bytes: {
      type: 'integer',
      minimum: 1,
      description: 'Close a file once it has so many bytes, and begin another. Off by default.',
    },
    rotate_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'Close a file so many seconds after it was begun. Off by default.',
    },
    compression: {
      type: 'string',
      enum: ['none', 'gzip'],
      default: 'none',
      description: 'What becomes of a file when it is closed. The open one is always plain.',
    },
    ...targetSettings,
    max_batch_age_seconds: { ...targetSettings.max_batch_age_seconds, default: 1 },
  },
};

export const programConfig: ProgramConfig = { program: 'target-jsonl', schema: settings };
