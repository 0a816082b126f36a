import { Fields, textOfField } from './fields.js';

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * Reads `application/x-www-form-urlencoded` as the URL Standard says: `+` is a space, and a `%` that no two digits follow stays.
 * @param charset of the bytes that escapes stand for, when these are not UTF-8.
 * @throws MalformedBody
 */
export function readForm(bytes: Uint8Array, charset: () => string | undefined): Fields {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const fields = new Fields();
  for (const pair of pairs(body)) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    fields.add(unescaped(name, charset), unescaped(value, charset));
  }
  return fields;
}

/** Each `name=value`, with a character per byte. One by one, since there may be more than a form may have. */
function* pairs(body: string): Generator<string> {
  const length = body.length - (/[\r\n]*$/.exec(body.slice(-2))?.[0].length ?? 0);
  for (let start = 0; start < length; ) {
    const found = body.indexOf('&', start);
    const end = found < 0 || found > length ? length : found;
    if (end > start) yield body.slice(start, end);
    start = end + 1;
  }
}

/** @param part a character per byte. */
function unescaped(part: string, charset: () => string | undefined): string {
  return /[%+\x80-\xff]/.test(part) ? textOfField(unescapedBytes(part), charset) : part;
}

function unescapedBytes(part: string): Uint8Array {
  const bytes = Buffer.from(part, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at] as number;
    const escaped = code === PERCENT ? byteOf(part.slice(at + 1, at + 3)) : undefined;
    if (escaped !== undefined) at += 2;
    bytes[length] = escaped ?? (code === PLUS ? SPACE : code);
    length += 1;
  }
  return bytes.subarray(0, length);
}

function byteOf(digits: string): number | undefined {
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
