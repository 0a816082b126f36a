import { EXIT, MOST_SCHEMA_LEVELS, systemCode, ToolkitError } from '@tap-webhooks/singer';

/** Names come from the input: they are quoted, and cut when they are long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

/** Things that one sentence lists at most: there may be thousands of streams. */
const MOST_LISTED = 20;

/** @param others ends the last item, which tells how many are left out. */
function firstOf(items: readonly string[], others = 'others'): readonly string[] {
  if (items.length <= MOST_LISTED) return items;
  return [...items.slice(0, MOST_LISTED), `… and ${items.length - MOST_LISTED} ${others}`];
}

/** Which line of the input something was read from: its number, or words that begin a sentence. */
export type InputLine = number | string;

function at(line: InputLine): string {
  return typeof line === 'number' ? `Line ${line}` : line;
}

// The config does not suit the input (exit 1).

export function maxLineBytesTooSmall(stream: string, bytes: number, needed: number): ToolkitError {
  return new ToolkitError(
    'max_line_bytes_too_small',
    EXIT.config,
    `max_line_bytes is ${bytes}, and lines of stream ${quote(stream)} can have ${needed} bytes: set max_line_bytes to at least ${needed}, or remove the setting.`,
  );
}

// The input breaks the protocol (exit 2).

export function inputUnreadable(cause: unknown): ToolkitError {
  const message = `The input cannot be read (${systemCode(cause)}); check the path of --input.`;
  return new ToolkitError('input_unreadable', EXIT.input, message, { cause });
}

export function lineTooLong(line: InputLine, maxBytes: number): ToolkitError {
  return new ToolkitError(
    'line_too_long',
    EXIT.input,
    `${at(line)} is longer than ${maxBytes} bytes; raise max_line_bytes if that is intended.`,
  );
}

/** The last line has no line end, and is no message. */
export function lineTorn(line: InputLine): ToolkitError {
  return new ToolkitError(
    'not_singer',
    EXIT.input,
    `${at(line)} is the last one, and not a whole Singer message: the tap ended while it wrote it. Look for the reason in the log of the tap.`,
  );
}

export function notUtf8(line: InputLine): ToolkitError {
  return new ToolkitError(
    'not_utf8',
    EXIT.input,
    `${at(line)} is not valid UTF-8; the tap has to write UTF-8.`,
  );
}

export function recordBeforeSchema(line: InputLine, stream: string): ToolkitError {
  return new ToolkitError(
    'record_before_schema',
    EXIT.input,
    `${at(line)}: record before its SCHEMA; the tap has to send a SCHEMA of stream ${quote(stream)} first.`,
  );
}

export function keyPropertyMissing(line: InputLine, stream: string, key: string): ToolkitError {
  return new ToolkitError(
    'key_property_missing',
    EXIT.input,
    `${at(line)}: missing key property ${quote(key)} in a record of stream ${quote(stream)}; the tap has to send it.`,
  );
}

export function schemaWithoutProperties(line: InputLine, stream: string): ToolkitError {
  return new ToolkitError(
    'schema_without_properties',
    EXIT.input,
    `${at(line)}: the SCHEMA of stream ${quote(stream)} has no "properties"; the tap has to name the columns.`,
  );
}

export function schemaTooDeep(line: InputLine, stream: string, levels: number): ToolkitError {
  return new ToolkitError(
    'schema_too_deep',
    EXIT.input,
    `${at(line)}: the SCHEMA of stream ${quote(stream)} is nested ${levels} levels deep, but at most ${MOST_SCHEMA_LEVELS} are allowed; the tap has to leave out deeper levels.`,
  );
}

export function identityMissing(line: InputLine, stream: string): ToolkitError {
  return new ToolkitError(
    'identity_missing',
    EXIT.input,
    `${at(line)}: a record of stream ${quote(stream)} has no valid _sdc_inbox and _sdc_position, which its SCHEMA promises, or an _sdc_sequence that is no integer.`,
  );
}

/** @param reason names the member of the record and the rule, never a value. */
export function recordInvalid(line: InputLine, stream: string, reason: string): ToolkitError {
  return new ToolkitError(
    'record_invalid',
    EXIT.input,
    `${at(line)}: a record of stream ${quote(stream)} is invalid: ${reason}. Set on_invalid_record to reject to keep such records in _sdc_rejected and continue.`,
  );
}

/** @param streams each with the number of its records. Everything else is loaded, and the state covers the rejected records. */
export function allRejected(
  streams: ReadonlyArray<readonly [stream: string, records: number]>,
): ToolkitError {
  const list = firstOf(streams.map(([stream, records]) => `${quote(stream)} (${records})`)).join(', ');
  return new ToolkitError(
    'all_records_rejected',
    EXIT.input,
    `Every record of these streams was rejected: ${list}. _sdc_rejected contains them with the reasons. Correct the SCHEMA or the records in the tap; everything else is loaded.`,
  );
}

export function batchUnusable(line: InputLine, why: string, cause?: unknown): ToolkitError {
  return new ToolkitError('batch_unusable', EXIT.input, `${at(line)}: a BATCH cannot be used: ${why}.`, {
    cause,
  });
}

/** @param table one that the target or its loader writes. */
export function tableReserved(line: InputLine, stream: string, table: string): ToolkitError {
  return new ToolkitError(
    'table_reserved',
    EXIT.input,
    `${at(line)}: the stream ${quote(stream)} would load into ${table}, a table that this target keeps for itself; rename the stream.`,
  );
}

// The destination refuses (exit 3).

/** The reason is left out: it may quote the row. */
export function rowRefused(table: string, position: number | undefined): ToolkitError {
  const which = position === undefined ? 'a row' : `the row at position ${position}`;
  return new ToolkitError(
    'row_refused',
    EXIT.destination,
    `The destination refused ${which} of table ${quote(table)}. Set on_invalid_record to reject to keep such rows in _sdc_rejected with the reason.`,
  );
}

/** Returns a ToolkitError unchanged. Any other error is named only by its system code, since its text may hold data. */
export function destinationFailed(table: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  return new ToolkitError(
    'destination_failed',
    EXIT.destination,
    `Table ${quote(table)} could not be loaded (${systemCode(cause)}).`,
    { cause },
  );
}

export function destinationLate(): ToolkitError {
  return new ToolkitError(
    'destination_late',
    EXIT.destination,
    'The target was stopped, but the destination did not take the rest within 9 s. No state covers what it did not take, so the next run sends that again.',
  );
}

/** @param bytes of the largest row that was refused. */
export function rejectedRowsRefused(table: string, bytes: number): ToolkitError {
  return new ToolkitError(
    'rejected_rows_refused',
    EXIT.destination,
    `The destination refused rows of ${quote(table)}, so rejected records could not be kept; the largest row has ${bytes} bytes. If that is more than the destination takes, the record has to become smaller where it comes from.`,
  );
}

/** The exit code is 2 when only the input is at fault, else 3. */
export function streamsParked(reasons: readonly ToolkitError[], dropped: number): ToolkitError {
  const isInput = reasons.every(({ exitCode }) => exitCode === EXIT.input);
  const sentences = new Set(reasons.map(({ message }) => message));
  const missing =
    dropped === 1
      ? '1 record was not loaded; no state covers it, so the next run sends it again.'
      : `${dropped} records were not loaded; no state covers them, so the next run sends them again.`;
  return new ToolkitError(
    'tables_parked',
    isInput ? EXIT.input : EXIT.destination,
    [
      ...firstOf([...sentences], 'other reasons; the log has them all.'),
      ...(dropped > 0 ? [missing] : []),
    ].join(' '),
  );
}
