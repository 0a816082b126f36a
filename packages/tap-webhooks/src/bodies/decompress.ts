import { isUtf8 } from 'node:buffer';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** Where the bytes of decompressed bodies are taken from, so that all requests together have a limit. */
export interface Budget {
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** A kind of compression that is not taken. */
interface Unsupported {
  readonly kind: 'unsupported';
  /** For "the body cannot be read: …". */
  readonly why: string;
}

export type Decompressed =
  /** The bytes are taken from the budget: the caller gives them back. */
  | { readonly kind: 'decompressed'; readonly body: Uint8Array }
  /** It was not compressed, whatever was declared. */
  | { readonly kind: 'plain' }
  /** Larger than the limit. */
  | { readonly kind: 'too_large' }
  /** More than `MOST_GROWTH` times larger than what was sent: it can only be meant to do harm. */
  | { readonly kind: 'bomb' }
  | { readonly kind: 'busy' }
  /** `why` is for "the body cannot be read: …". */
  | { readonly kind: 'damaged'; readonly why: string }
  | Unsupported;

/** How many times larger than what was sent a body may become. JSON of equal events becomes some 50 times smaller. */
export const MOST_GROWTH = 100;
/** Up to this size the ratio does not matter, in bytes. */
const ALWAYS_ALLOWED = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

type Coding = 'gzip' | 'deflate' | 'br' | 'zstd' | 'compress';

const CODINGS: { readonly [name: string]: Coding } = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
  compress: 'compress',
  'x-compress': 'compress',
};

/** True when a body may be compressed, as its first byte or its header says. Quick and mostly false. */
export function mayBeCompressed(bytes: Uint8Array, contentEncoding: string | undefined): boolean {
  return bytes[0] === 0x1f || isZstd(bytes) || declaredCodings(contentEncoding).length > 0;
}

/**
 * Undoes one compression. The bytes count more than the header: gzip is known by its first bytes, and what is declared as
 * compressed but is not stays as it is. Inflating stops at the limit, so a small body never becomes a large one in memory.
 * @param contentEncoding the header.
 * @param limit in bytes.
 */
export async function decompress(
  bytes: Uint8Array,
  contentEncoding: string | undefined,
  limit: number,
  budget: Budget,
): Promise<Decompressed> {
  const coding = codingOf(bytes, declaredCodings(contentEncoding));
  if (coding === undefined) return { kind: 'plain' };
  if (typeof coding === 'object') return isUtf8(bytes) ? { kind: 'plain' } : coding;
  const result = await inflate(bytes, coding, limit, budget);
  if (result.kind === 'damaged' && isUtf8(bytes)) return { kind: 'plain' };
  if (result.kind === 'decompressed' && isGzip(result.body)) {
    budget.give(result.body.length);
    return TWICE;
  }
  return result;
}

const TWICE: Unsupported = { kind: 'unsupported', why: 'it is compressed more than once' };

function declaredCodings(header: string | undefined): Coding[] {
  if (header === undefined) return [];
  return header.split(',').flatMap((word) => CODINGS[word.trim().toLowerCase()] ?? []);
}

function codingOf(
  bytes: Uint8Array,
  declared: readonly Coding[],
): 'gzip' | 'deflate' | 'br' | Unsupported | undefined {
  const kinds = new Set(declared);
  if (kinds.size > 1) return TWICE;
  if (isGzip(bytes)) return 'gzip';
  const [coding] = isZstd(bytes) ? ['zstd' as const] : declared;
  if (coding === 'zstd' || coding === 'compress')
    return { kind: 'unsupported', why: `it is compressed with ${coding}: send gzip, deflate or br` };
  return coding === 'gzip' ? undefined : coding;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function isZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}

function inflater(bytes: Uint8Array, coding: 'gzip' | 'deflate' | 'br'): Transform {
  const options = { chunkSize: CHUNK_BYTES };
  if (coding === 'gzip') return createGunzip(options);
  if (coding === 'br') return createBrotliDecompress(options);
  return hasZlibHeader(bytes) ? createInflate(options) : createInflateRaw(options);
}

/** Some senders leave out the header that `deflate` means (RFC 9110 §8.4.1.2). */
function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}

function inflate(
  bytes: Uint8Array,
  coding: 'gzip' | 'deflate' | 'br',
  limit: number,
  budget: Budget,
): Promise<Decompressed> {
  const mostGrown = Math.max(ALWAYS_ALLOWED, MOST_GROWTH * bytes.length);
  return new Promise((resolve) => {
    const stream = inflater(bytes, coding);
    const chunks: Uint8Array[] = [];
    let length = 0;
    const stop = (result: Decompressed) => {
      stream.removeAllListeners().on('error', () => {});
      stream.destroy();
      budget.give(length);
      resolve(result);
    };
    stream.on('data', (chunk: Uint8Array) => {
      if (length + chunk.length > limit) stop({ kind: 'too_large' });
      else if (length + chunk.length > mostGrown) stop({ kind: 'bomb' });
      else if (!budget.take(chunk.length)) stop({ kind: 'busy' });
      else {
        length += chunk.length;
        chunks.push(chunk);
      }
    });
    stream.on('error', () => stop({ kind: 'damaged', why: `its ${coding} data is damaged or cut off` }));
    stream.on('end', () => resolve({ kind: 'decompressed', body: Buffer.concat(chunks, length) }));
    stream.end(bytes);
  });
}
