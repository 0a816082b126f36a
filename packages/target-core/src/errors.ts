import { EXIT, systemCode, ToolkitError } from '@tap-webhooks/singer';

/** Names come from the input: they are quoted, and cut when they are long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

/** Where in the input something was read: the number of a line, or words that begin a sentence. */
export type Place = number | string;

function at(place: Place): string {
  return typeof place === 'number' ? `Line ${place}` : place;
}

// The input breaks the protocol (exit 2).

export function inputUnreadable(cause: unknown): ToolkitError {
  const message = `The input cannot be read (${systemCode(cause)}); check the path of --input.`;
  return new ToolkitError('input_unreadable', EXIT.input, message, { cause });
}

export function lineTooLong(place: Place, maxBytes: number): ToolkitError {
  return new ToolkitError(
    'line_too_long',
    EXIT.input,
    `${at(place)} is longer than ${maxBytes} bytes; raise max_line_bytes if it is meant to be.`,
  );
}

export function notUtf8(place: Place): ToolkitError {
  return new ToolkitError(
    'not_utf8',
    EXIT.input,
    `${at(place)} is not valid UTF-8; the tap has to write UTF-8.`,
  );
}

export function recordBeforeSchema(place: Place, stream: string): ToolkitError {
  return new ToolkitError(
    'record_before_schema',
    EXIT.input,
    `${at(place)}: record before its SCHEMA: the tap has to send a SCHEMA of stream ${quote(stream)} first.`,
  );
}

export function keyPropertyMissing(place: Place, stream: string, key: string): ToolkitError {
  return new ToolkitError(
    'key_property_missing',
    EXIT.input,
    `${at(place)}: missing key property ${quote(key)} in a record of stream ${quote(stream)}; the tap has to send it.`,
  );
}

export function schemaWithoutProperties(place: Place, stream: string): ToolkitError {
  return new ToolkitError(
    'schema_without_properties',
    EXIT.input,
    `${at(place)}: the SCHEMA of stream ${quote(stream)} has no "properties"; the tap has to name the columns.`,
  );
}

export function schemaRefused(place: Place, stream: string, cause: ToolkitError): ToolkitError {
  return new ToolkitError(
    cause.code,
    cause.exitCode,
    `${at(place)}, stream ${quote(stream)}: ${cause.message} Correct it, or set validate_records to false.`,
    { cause },
  );
}

export function identityMissing(place: Place, stream: string): ToolkitError {
  return new ToolkitError(
    'identity_missing',
    EXIT.input,
    `${at(place)}: a record of stream ${quote(stream)} has no valid _sdc_inbox and _sdc_position, which its SCHEMA promises.`,
  );
}

/** @param reason names the place in the record and the rule, never a value. */
export function recordInvalid(place: Place, stream: string, reason: string): ToolkitError {
  return new ToolkitError(
    'record_invalid',
    EXIT.input,
    `${at(place)}: a record of stream ${quote(stream)} is invalid: ${reason}. Set on_invalid_record to reject to go on.`,
  );
}

export function batchUnusable(place: Place, why: string, cause?: unknown): ToolkitError {
  return new ToolkitError('batch_unusable', EXIT.input, `${at(place)}: a BATCH cannot be used: ${why}.`, {
    cause,
  });
}

export function tableReserved(place: Place, stream: string): ToolkitError {
  return new ToolkitError(
    'table_reserved',
    EXIT.input,
    `${at(place)}: the stream ${quote(stream)} would load into _sdc_rejected, which is kept for rejected records; rename it.`,
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

/** What a sink or loader throws is a ToolkitError; anything else is told by its code, since its text may hold data. */
export function destinationFailed(table: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  return new ToolkitError(
    'destination_failed',
    EXIT.destination,
    `Table ${quote(table)} could not be loaded (${systemCode(cause)}).`,
    { cause },
  );
}

export function rejectedRowsRefused(table: string): ToolkitError {
  return new ToolkitError(
    'rejected_rows_refused',
    EXIT.destination,
    `The destination refused rows of ${quote(table)}, so what was rejected could not be kept.`,
  );
}

export function tablesParked(reasons: readonly string[], dropped: number): ToolkitError {
  const records = dropped === 1 ? '1 record was' : `${dropped} records were`;
  return new ToolkitError(
    'tables_parked',
    EXIT.destination,
    `${reasons.join(' ')} ${records} not loaded; no state covers them, so they come again in the next run.`,
  );
}
