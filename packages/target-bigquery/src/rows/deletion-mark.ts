import { COLUMN, memberSlices } from '@tap-webhooks/singer';
import { timestampText } from './times.js';

/**
 * True for a value of `_sdc_deleted_at` that says that a row was deleted: any but null, false and the empty text.
 * @param raw JSON text.
 */
export function isDeletionMark(raw: string): boolean {
  return raw !== 'null' && raw !== 'false' && raw !== '""';
}

/**
 * When a row that was deleted at an unknown time was received, else when it was extracted, else now: a time for
 * `_sdc_deleted_at`, as JSON text.
 */
export function timeOfDeletion(rowText: string): string {
  const members = memberSlices(rowText);
  for (const name of [COLUMN.receivedAt, COLUMN.extractedAt]) {
    const sent = members.findLast((member) => member.name === name);
    const time = sent && timestampText(rowText.slice(sent.start + 1, sent.end - 1));
    if (time) return `"${time.text}"`;
  }
  return `"${new Date().toISOString()}"`;
}
