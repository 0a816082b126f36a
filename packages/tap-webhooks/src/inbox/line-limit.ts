import { LIMIT } from '@tap-webhooks/singer';
import { mostGrowth } from '../columns/values.js';

/** Bytes of a RECORD line that are kept for all but the payload: the words around it, the stream and the system columns. */
const RESERVED_BYTES = 4096;
/** Most bytes of a row, as it is stored. */
export const MOST_ROW_BYTES = LIMIT.lineBytes - RESERVED_BYTES;
/** A row has at most so many bytes per byte of its event: `{"":1},` can become `{"_sdc_extra":{"":1}},`. */
const MOST_GROWTH = 4;
/** UTF-8 has at most so many bytes per character of a JavaScript string. */
const MOST_BYTES_PER_CHARACTER = 3;

/**
 * True when the RECORD line of a row would be longer than a line may be, or could become so when it is fitted again.
 * @param more bytes that are added to the row.
 */
export function isRowTooLong(row: string, more = 0): boolean {
  const most = MOST_ROW_BYTES - more;
  return row.length * MOST_BYTES_PER_CHARACTER > most && Buffer.byteLength(row) + mostGrowth(row) > most;
}

/** True when the row of an event can become too long. Quick and true for large events only, so that few need a trial. */
export function canRowBeTooLong(text: string, start: number, end: number, more = 0): boolean {
  const most = MOST_ROW_BYTES - more;
  return (
    (end - start) * MOST_BYTES_PER_CHARACTER * MOST_GROWTH > most &&
    Buffer.byteLength(text.slice(start, end)) * MOST_GROWTH > most
  );
}
