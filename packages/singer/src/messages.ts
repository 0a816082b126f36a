/** The messages of the Singer specification 0.3.0, with the two that the Singer SDK adds (ACTIVATE_VERSION, BATCH). */

export type JsonObject = { [name: string]: unknown };
export type JsonSchema = JsonObject;

/** True for a JSON value that is an object, neither an array nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Most levels of a SCHEMA that a target takes. Code that reads schemas recurses, and this many levels are far from the stack's end.
 * A SCHEMA of our tap has about two levels for each of the 100 that an event may have.
 */
export const MOST_SCHEMA_LEVELS = 1000;

export interface SchemaMessage {
  readonly type: 'SCHEMA';
  readonly stream: string;
  readonly schema: JsonSchema;
  /** Levels of arrays and objects in `schema`. Any number can come; see `MOST_SCHEMA_LEVELS`. */
  readonly levels: number;
  /** Top-level names; empty when the stream has no key (or the message names none). */
  readonly key_properties: readonly string[];
}

export interface RecordText {
  /** The parsed record, for code that looks at its values. Never pass it on: `JSON.parse` rounds numbers. */
  readonly record: JsonObject;
  /** The record's text as it was written. This is what is passed on. */
  readonly recordText: string;
  /**
   * The first word in the text that stands for a number which JSON does not have: `NaN`, `Infinity` or `-Infinity`, as Python
   * writes them. Then the text is not JSON, and the parsed record has 0 in place of such words.
   */
  readonly nonNumber?: string;
}

export interface RecordMessage extends RecordText {
  readonly type: 'RECORD';
  readonly stream: string;
  /** RFC 3339. */
  readonly time_extracted?: string;
  /** The number as it was written: a double rounds versions beyond 2^53. */
  readonly versionText?: string;
}

export interface StateMessage {
  readonly type: 'STATE';
  readonly value: unknown;
  /** The value's text as it was written. */
  readonly valueText: string;
}

/** Says that rows of the stream with a lower version are no longer current (singer-python). */
export interface ActivateVersionMessage {
  readonly type: 'ACTIVATE_VERSION';
  readonly stream: string;
  /** As in a RECORD. */
  readonly versionText: string;
}

/** Names files that hold records, in place of lines (Singer SDK). */
export interface BatchMessage {
  readonly type: 'BATCH';
  readonly stream: string;
  readonly encoding: { readonly format: string; readonly compression?: string };
  /** URLs of the files. */
  readonly manifest: readonly string[];
  /** As in a RECORD. */
  readonly versionText?: string;
}

/** A message of a type that the specification permits but this package does not know. */
export interface UnknownMessage {
  readonly type: 'UNKNOWN';
  readonly name: string;
}

export type Message =
  | SchemaMessage
  | RecordMessage
  | StateMessage
  | ActivateVersionMessage
  | BatchMessage
  | UnknownMessage;
