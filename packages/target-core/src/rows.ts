import {
  COLUMN,
  isMarked,
  memberSlices,
  type RecordText,
  type SchemaMessage,
  targetColumns,
} from '@tap-webhooks/singer';
import { keyOf, type Sequence } from './sequence.js';

/** A record from a RECORD message or a BATCH file. */
export interface IncomingRecord extends RecordText {
  readonly time_extracted?: string;
  readonly versionText?: string;
}

/**
 * Returns the text of a row.
 * @param batchedAt when the row's batch was begun (RFC 3339, UTC).
 * @param sequence of the stream; used for rows whose tap gives them no number.
 */
export type RowWriter = (incoming: IncomingRecord, batchedAt: string, sequence: Sequence) => string;

/**
 * Returns a writer of rows with system columns. A row is the raw text of the record with a suffix, so numbers and escapes stay as
 * they were sent. Marked streams get `_sdc_batched_at`. Other streams get the Singer SDK's seven columns, which replace any that
 * were sent.
 * @param syncStartedAt when this run started, epoch ms.
 */
export function metadataWriter(
  { schema, key_properties: keys }: Pick<SchemaMessage, 'schema' | 'key_properties'>,
  syncStartedAt: number,
): RowWriter {
  const columns = new Set(Object.keys(targetColumns(schema)));
  const suffix = isMarked(schema) ? batchedAtSuffix : sdkSuffix(keys, syncStartedAt);
  return (incoming, batchedAt, sequence) => {
    let body = incoming.recordText;
    for (const column of columns) {
      if (!Object.hasOwn(incoming.record, column)) continue;
      body = without(body, columns);
      break;
    }
    return append(body, suffix(incoming, batchedAt, sequence));
  };
}

/** Returns rows exactly as the tap sent them (`add_record_metadata: false`). */
export const verbatimWriter: RowWriter = ({ recordText }) => recordText;

function batchedAtSuffix(_: IncomingRecord, batchedAt: string): string {
  return `"${COLUMN.batchedAt}":"${batchedAt}"}`;
}

function sdkSuffix(keys: readonly string[], syncStartedAt: number): RowWriter {
  // the text between the values is made once, since this runs for each row
  const extractedAtText = `"${COLUMN.extractedAt}":`;
  const receivedAtText = `,"${COLUMN.receivedAt}":"`;
  const batchedAtText = `","${COLUMN.batchedAt}":"`;
  const deletedAtText = `","${COLUMN.deletedAt}":`;
  const sequenceText = `,"${COLUMN.sequence}":`;
  const tableVersionText = `,"${COLUMN.tableVersion}":`;
  const end = `,"${COLUMN.syncStartedAt}":${syncStartedAt}}`;
  return (incoming, batchedAt, sequence) => {
    const now = Date.now();
    const number = sequence.next(keyOf(incoming.record, keys), now);
    return (
      `${extractedAtText}${jsonOrNull(incoming.time_extracted)}${receivedAtText}${isoTime(now)}${batchedAtText}${batchedAt}` +
      `${deletedAtText}${deletedAt(incoming)}${sequenceText}${number}${tableVersionText}${incoming.versionText ?? 'null'}${end}`
    );
  };
}

/** Returns the record's own value: taps that read a database's log know it (Singer SDK). */
function deletedAt({ record, recordText }: IncomingRecord): string {
  if (!Object.hasOwn(record, COLUMN.deletedAt)) return 'null';
  const sent = memberSlices(recordText).findLast((member) => member.name === COLUMN.deletedAt);
  return sent ? recordText.slice(sent.start, sent.end) : 'null';
}

function jsonOrNull(value: string | undefined): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

let lastTime = { ms: Number.NaN, text: '' };

/** Returns epoch ms as RFC 3339 text. The last text is cached, since many rows share a millisecond. */
export function isoTime(ms: number): string {
  if (lastTime.ms !== ms) lastTime = { ms, text: new Date(ms).toISOString() };
  return lastTime.text;
}

/** Returns the text of an object with members added. `members` ends with the closing brace. */
function append(objectText: string, members: string): string {
  const body = objectText.slice(0, -1);
  return isBlankAfterBrace(body) ? `{${members}` : `${body},${members}`;
}

function isBlankAfterBrace(body: string): boolean {
  return body.length === 1 || (body.charCodeAt(1) <= 0x20 && body.slice(1).trim() === '');
}

function without(objectText: string, names: ReadonlySet<string>): string {
  const kept = memberSlices(objectText).filter((member) => !names.has(member.name));
  return `{${kept.map((member) => objectText.slice(member.nameStart, member.end)).join(',')}}`;
}
