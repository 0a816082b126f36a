import { MalformedBody } from './body-rules.js';
import { parameterOf, readContentType } from './content-type.js';
import { Fields, textOfField } from './fields.js';

/** Most bytes of the headers of one part. */
const MOST_HEADER_BYTES = 16 * 1024;
const LINE_END = '\r\n';
const HEADERS_END = '\r\n\r\n';

/**
 * Reads the fields of `multipart/form-data` (RFC 7578). A part that is a file is refused.
 * @param boundary as the Content-Type declares it; undefined: the first line of the body is it.
 * @throws MalformedBody
 */
export function readMultipart(bytes: Uint8Array, boundary: string | undefined): Fields {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const delimiter = Buffer.from(`--${boundary ?? ownBoundary(body)}`, 'latin1');
  const end = Buffer.concat([Buffer.from(LINE_END), delimiter]);
  const fields = new Fields();
  let at = afterFirst(body, delimiter);
  while (!isLast(body, at)) {
    const start = afterLine(body, at);
    const found = body.indexOf(end, start - LINE_END.length);
    if (found < 0) throw new MalformedBody('the last part of its form has no end');
    const { name, value } = readPart(body.subarray(start, Math.max(start, found)));
    fields.add(name, value);
    at = found + end.length;
  }
  return fields;
}

/** A boundary that was not declared, or was declared for other bytes. */
function ownBoundary(body: Buffer): string {
  const end = body.indexOf(LINE_END);
  if (end < 3 || end > 200 || body.toString('latin1', 0, 2) !== '--')
    throw new MalformedBody('its Content-Type names no boundary, and it does not begin with one');
  return body.toString('latin1', 2, end);
}

function afterFirst(body: Buffer, delimiter: Buffer): number {
  const found = body.indexOf(delimiter);
  if (found < 0) throw new MalformedBody('the boundary that its Content-Type names is not in it');
  return found + delimiter.length;
}

function isLast(body: Buffer, at: number): boolean {
  return body[at] === 0x2d && body[at + 1] === 0x2d;
}

/** Returns where a part begins: white space may come after its boundary. */
function afterLine(body: Buffer, at: number): number {
  const end = body.indexOf(LINE_END, at);
  if (end < 0) throw new MalformedBody('the last part of its form has no end');
  if (/[^ \t]/.test(body.toString('latin1', at, Math.min(end, at + 200))))
    throw new MalformedBody('something follows a boundary of its form');
  return end + LINE_END.length;
}

function readPart(part: Buffer): { readonly name: string; readonly value: string } {
  const end = part.indexOf(HEADERS_END);
  if (end < 0 || end > MOST_HEADER_BYTES) throw new MalformedBody('a part of its form has no headers');
  const headers = readHeaders(part.toString('utf8', 0, end));
  const disposition = headers.get('content-disposition') ?? '';
  const name = parameterOf(disposition, 'name');
  if (name === undefined) throw new MalformedBody('a part of its form has no name');
  if (['filename', 'filename*'].some((one) => parameterOf(disposition, one) !== undefined))
    throw new MalformedBody('it holds a file, and only fields of a form are accepted');
  const charset = () => readContentType(headers.get('content-type')).parameter('charset');
  return { name: unescaped(name), value: textOfField(part.subarray(end + HEADERS_END.length), charset) };
}

function readHeaders(text: string): Map<string, string> {
  const lines = text.split(LINE_END).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, Math.max(colon, 0)).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return new Map(lines);
}

/** Browsers write these three characters of a name so (HTML Standard). */
function unescaped(name: string): string {
  return name.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
}
