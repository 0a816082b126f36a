import { type JsonSchema, LIMIT } from '@tap-webhooks/singer';
import { splitSource } from './values.js';

/** How much of a stream's limits something needs. */
export interface Size {
  /** As `LIMIT.columnsPerStream` counts them. */
  readonly columns: number;
  /** Of the SCHEMA line; never less than what is printed. */
  readonly bytes: number;
}

/** Bytes of a SCHEMA line that are kept for all but the payload's columns: the system columns, the key and `latest_by`. */
export const RESERVED_SCHEMA_BYTES = 64 * 1024;

/** Returns the bytes of a JSON text as it is printed. */
export function printedBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/**
 * Returns the bytes that a column's name takes in the SCHEMA: among the properties, and among the splits when it is split.
 * @param pathBytes of the dotted path to the object that has the column, as it is printed.
 */
export function nameBytes(name: string, pathBytes: number): number {
  const bytes = printedBytes(name);
  return splitSource(name) !== undefined ? 3 * bytes + 2 * pathBytes + 8 : bytes + 2; // with colons and commas
}

/** Returns the bytes of the path to the members of a column. */
export function innerPathBytes(name: string, pathBytes: number): number {
  return pathBytes + printedBytes(name);
}

/** Returns the bytes of an object's own part of the SCHEMA: `{"type":["null","object"],"properties":{"_sdc_extra":{}}},`. */
export function objectBytes(keywords: JsonSchema): number {
  return 56 + printedBytes(keywords);
}

/** Returns the bytes of an array's own part of the SCHEMA: `{"type":["null","array"],"items":{}},`. */
export function arrayBytes(keywords: JsonSchema): number {
  return 37 + printedBytes(keywords);
}

/** True when a sender's name is too long to be a column's. */
export function isTooLong(name: string): boolean {
  return name.length > LIMIT.nameBytes || Buffer.byteLength(name) > LIMIT.nameBytes;
}
