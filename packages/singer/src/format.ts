import type { JsonSchema } from './messages.js';

/** Lines of Singer's format, without the line end. */

export function schemaLine(stream: string, schema: JsonSchema, keyProperties: readonly string[]): string {
  return JSON.stringify({ type: 'SCHEMA', stream, schema, key_properties: keyProperties });
}

/**
 * @param recordText JSON text of an object on one line; it goes out as it is.
 * @param timeExtracted RFC 3339, UTC.
 */
export function recordLine(stream: string, recordText: string, timeExtracted?: string): string {
  const time = timeExtracted === undefined ? '' : `,"time_extracted":"${timeExtracted}"`;
  return `{"type":"RECORD","stream":${JSON.stringify(stream)},"record":${recordText}${time}}`;
}

export function stateLine(value: unknown): string {
  return JSON.stringify({ type: 'STATE', value });
}
