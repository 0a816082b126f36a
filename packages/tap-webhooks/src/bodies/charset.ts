import { isUtf8 } from 'node:buffer';
import { MalformedBody } from './body-rules.js';

/** Encodings that have one byte per character, by the names that `TextDecoder` gives them. */
const SINGLE_BYTE = /^(?:iso-8859-\d+(?:-i)?|windows-\d+|koi8-[ru]|macintosh|ibm866|x-mac-cyrillic)$/;

/** A body as text, without a byte order mark. */
export interface BodyText {
  readonly text: string;
  /** True when the body was sent as UTF-8, so that the text is its own. */
  readonly isUtf8: boolean;
}

/**
 * Reads a body as UTF-8, as UTF-16, or in the declared charset.
 * @param charset as declared; undefined: nothing was.
 * @throws MalformedBody
 */
export function textOf(bytes: Uint8Array, charset: () => string | undefined): BodyText {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) return { text: decodeWide(bytes, wide), isUtf8: false };
  if (isUtf8(bytes)) return { text: textOfUtf8(bytes), isUtf8: true };
  return { text: decodeDeclared(bytes, charset()), isUtf8: false };
}

/** Returns a body of UTF-8 as text, without a byte order mark. */
export function textOfUtf8(bytes: Uint8Array): string {
  const text = utf8(bytes);
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/**
 * Returns a part of a body as text. UTF-8 that is valid is taken as such, whatever was declared: hardly any text in another
 * charset is valid UTF-8.
 * @throws MalformedBody
 */
export function charactersOf(bytes: Uint8Array, charset: () => string | undefined): string {
  return isUtf8(bytes) ? utf8(bytes) : decodeDeclared(bytes, charset());
}

function decodeDeclared(bytes: Uint8Array, charset: string | undefined): string {
  const decoder = charset === undefined ? undefined : decoderOf(charset);
  if (decoder === undefined || decoder.encoding === 'utf-8')
    throw new MalformedBody('it is not UTF-8', 'json');
  if (!SINGLE_BYTE.test(decoder.encoding))
    throw new MalformedBody(
      'it is not UTF-8, and no charset with one byte per character is declared',
      'json',
    );
  return decoder.encoding === 'windows-1252' ? windows1252(bytes) : decode(bytes, decoder);
}

/** The characters of the bytes 0x80 to 0x9f (WHATWG Encoding). Of the others the byte is the number. */
const FROM_0X80 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/** Also the charset of text that is declared as `iso-8859-1`. Some releases of Node 20 and 22 decode it without the table (nodejs/node#56542). */
function windows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return text.replace(/[\x80-\x9f]/g, (character) => FROM_0X80[character.charCodeAt(0) - 0x80] as string);
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

const BYTE_ORDER_MARK = 0xfeff;

/** Tells UTF-16 and UTF-32 by their byte order mark, or by the zero bytes of their first character, which is ASCII. */
function wideEncoding(bytes: Uint8Array): 'utf-32' | 'utf-16le' | 'utf-16be' | undefined {
  const [a, b, c, d] = bytes;
  if (a !== 0 && b !== 0 && a !== 0xff && a !== 0xfe) return undefined;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0 && b === 0) return c === 0xfe || c === 0 ? 'utf-32' : undefined;
  if (a !== 0 && b === 0) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le';
  return a === 0 && b !== undefined ? 'utf-16be' : undefined;
}

function decodeWide(bytes: Uint8Array, encoding: 'utf-32' | 'utf-16le' | 'utf-16be'): string {
  if (encoding === 'utf-32') throw new MalformedBody('it is UTF-32: send UTF-8', 'json');
  return decode(bytes, new TextDecoder(encoding, { fatal: true }));
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return undefined;
  }
}

function decode(bytes: Uint8Array, decoder: InstanceType<typeof TextDecoder>): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedBody(`it is not valid ${decoder.encoding}`, 'json');
  }
}
