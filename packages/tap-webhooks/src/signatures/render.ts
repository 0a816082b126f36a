import type { Reading } from './reading.js';
import type { Part } from './template.js';

/** Values of a request that have been read already. */
export interface Given {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
}

/**
 * Returns the signed bytes, piece by piece. Text is what Node makes of header bytes (latin1), unless it comes from the body.
 * @returns undefined when something is not there.
 */
export function render(parts: readonly Part[], reading: Reading, given: Given): Uint8Array[] | undefined {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    const piece = pieceOf(part, reading, given);
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  return pieces;
}

function pieceOf(part: Part, reading: Reading, { id, timestamp }: Given): Uint8Array | undefined {
  const { request } = reading;
  switch (part.kind) {
    case 'body':
      return reading.body;
    case 'text':
      return Buffer.from(part.text);
    case 'member':
      return utf8(reading.member(part.path));
    case 'fields':
      // A body that is no form has no fields: the caller makes sure that a digest covers it.
      return utf8(reading.isForm() ? reading.sortedFields() : '');
    case 'timestamp':
      return latin1(timestamp);
    case 'id':
      return latin1(id);
    case 'header':
      return latin1(request.header(part.name));
    case 'decoded_url':
      return latin1(decodedUrl(request.url));
    default:
      return latin1(request[part.kind]);
  }
}

function latin1(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'latin1');
}

function utf8(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}

/** The escapes that HubSpot decodes before it signs a URL (developers.hubspot.com, "Validating requests"). */
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

function decodedUrl(url: string): string {
  return url.replace(DECODED, decodeURIComponent);
}
