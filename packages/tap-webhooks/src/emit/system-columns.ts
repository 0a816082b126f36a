import type { JsonSchema } from '@tap-webhooks/singer';
import type { Entry } from '../inbox/inbox.js';

/** The row's key where the integration names none: a UUID, written by the inbox. */
export const GENERATED_KEY = '__sdc_primary_key';

/** Together they name a row for ever. */
export const IDENTITY = ['_sdc_inbox', '_sdc_position'] as const;

const MOMENT = { type: 'string', format: 'date-time' };

/** What the tap adds to each row; `_sdc_batched_at` is named here and written by the target. */
const SYSTEM_COLUMNS: { readonly [column: string]: JsonSchema } = {
  _sdc_received_at: MOMENT,
  _sdc_batched_at: { type: ['null', 'string'], format: 'date-time' },
  _sdc_sequence: { type: 'integer' },
  _sdc_table_version: { type: 'integer' },
  _sdc_inbox: { type: 'string' },
  _sdc_position: { type: 'integer' },
};

export function isSystemColumn(name: string): boolean {
  return name === GENERATED_KEY || Object.hasOwn(SYSTEM_COLUMNS, name);
}

/** @param generatedKey does the stream have `__sdc_primary_key`? */
export function systemColumns(generatedKey: boolean): { readonly [column: string]: JsonSchema } {
  return generatedKey ? { [GENERATED_KEY]: { type: 'string' }, ...SYSTEM_COLUMNS } : SYSTEM_COLUMNS;
}

/**
 * The row with its system columns behind the payload's.
 * @param row JSON text of an object, without white space after it.
 * @param inbox incarnation, as JSON text.
 * @param receivedAt RFC 3339, UTC, ms.
 */
export function withSystemColumns(row: string, entry: Entry, inbox: string, receivedAt: string): string {
  const payload = row.length > 2 ? `${row.slice(0, -1)},` : '{';
  return (
    `${payload}"_sdc_received_at":"${receivedAt}","_sdc_sequence":${entry.sequence},` +
    `"_sdc_table_version":0,"_sdc_inbox":${inbox},"_sdc_position":${entry.position}}`
  );
}
