import { type MemberSlice, memberSlices, nesting } from './cursor.js';
import { notSinger } from './errors.js';
import {
  type ActivateVersionMessage,
  type BatchMessage,
  isObject,
  type JsonObject,
  type Message,
  type RecordMessage,
  type SchemaMessage,
} from './messages.js';

/**
 * Reads one line of Singer's format. The type is taken in any case (Singer spec 0.3.0).
 * @param lineNumber from 1, for the error text.
 * @throws ToolkitError `not_singer`, exit 2.
 */
export function parseMessage(line: string, lineNumber: number): Message {
  return parseUsualRecord(line) ?? parseAnyMessage(line, lineNumber);
}

/** The beginning of a RECORD as all known writers write it: `type`, `stream`, `record`, with or without spaces. */
const RECORD_HEAD = /\{"type": ?"RECORD", ?"stream": ?"([^"\\\p{Cc}]+)", ?"record": ?(?=\{)/uy;
/** The rest of the line after the record: version and time, in the order of singer-python and the SDK, then the end. */
const RECORD_TAIL = /(?:, ?"version": ?(0|[1-9]\d{0,14}))?(?:, ?"time_extracted": ?"([-+.:0-9TZ]+)")?\}$/y;

/**
 * Parses a RECORD in the form that almost every line of a pipe has. The text around the record is known, so only the record has
 * to be parsed. When head and tail match and one JSON object is between them, the line can mean nothing else.
 * @returns undefined when the line needs `parseAnyMessage`.
 */
function parseUsualRecord(line: string): RecordMessage | undefined {
  RECORD_HEAD.lastIndex = 0;
  const head = RECORD_HEAD.exec(line);
  if (!head) return undefined;
  const start = RECORD_HEAD.lastIndex;
  const time = line.lastIndexOf('"time_extracted"');
  const end = time > start ? line.lastIndexOf('}', time) + 1 : line.length - 1;
  RECORD_TAIL.lastIndex = end;
  const tail = RECORD_TAIL.exec(line);
  if (!tail || line[end - 1] !== '}') return undefined; // white space before the end is not part of the record
  const recordText = line.slice(start, end);
  let record: JsonObject;
  try {
    record = JSON.parse(recordText);
  } catch {
    return undefined;
  }
  return {
    type: 'RECORD',
    stream: head[1] as string,
    record,
    recordText,
    ...(tail[2] !== undefined ? { time_extracted: tail[2] } : {}),
    ...(tail[1] !== undefined ? { version: Number(tail[1]) } : {}),
  };
}

function parseAnyMessage(line: string, lineNumber: number): Message {
  const members = new Map<string, MemberSlice>();
  for (const slice of memberSlices(line)) members.set(slice.name, slice);
  const record = members.get('record');
  // A large record is parsed only once: the line is checked without the record, and the record by itself.
  const envelope = parseObject(
    record ? `${line.slice(0, record.start)}null${line.slice(record.end)}` : line,
    lineNumber,
  );
  const type = envelope.type;
  if (typeof type !== 'string') throw notSinger(lineNumber, 'it has no "type"');
  const kind = type.toUpperCase();
  if (record && kind !== 'RECORD') parseObject(line, lineNumber);
  switch (kind) {
    case 'RECORD':
      return recordMessage(envelope, line, record, lineNumber);
    case 'SCHEMA':
      return schemaMessage(envelope, line, members.get('schema'), lineNumber);
    case 'STATE': {
      const value = members.get('value');
      if (!value) throw notSinger(lineNumber, 'a STATE needs a "value"');
      return { type: 'STATE', value: envelope.value, valueText: line.slice(value.start, value.end) };
    }
    case 'ACTIVATE_VERSION':
      return activateVersionMessage(envelope, lineNumber);
    case 'BATCH':
      return batchMessage(envelope, lineNumber);
    default:
      return { type: 'UNKNOWN', name: type };
  }
}

/**
 * Reads the text of one record, as in a line of a BATCH file.
 * @throws ToolkitError `not_singer`, exit 2.
 */
export function parseRecordText(text: string, lineNumber = 1): JsonObject {
  return parseObject(text, lineNumber);
}

function parseObject(text: string, line: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notSinger(line, 'it is not JSON');
  }
  if (!isObject(value)) throw notSinger(line, 'it is not a JSON object');
  return value;
}

function recordMessage(
  envelope: JsonObject,
  line: string,
  slice: MemberSlice | undefined,
  lineNumber: number,
): RecordMessage {
  const recordText = slice ? line.slice(slice.start, slice.end) : '';
  if (recordText.charCodeAt(0) !== 0x7b) throw notSinger(lineNumber, 'a RECORD needs a "record" object');
  const record = parseObject(recordText, lineNumber);
  const { time_extracted: time, version } = envelope;
  return {
    type: 'RECORD',
    stream: streamOf(envelope, lineNumber),
    record,
    recordText,
    ...(typeof time === 'string' ? { time_extracted: time } : {}),
    ...(typeof version === 'number' ? { version } : {}),
  };
}

function schemaMessage(
  envelope: JsonObject,
  text: string,
  slice: MemberSlice | undefined,
  line: number,
): SchemaMessage {
  const stream = streamOf(envelope, line);
  const { schema, key_properties: keys = [] } = envelope;
  if (!isObject(schema)) throw notSinger(line, 'a SCHEMA needs a "schema" object');
  const levels = nesting(text.slice(slice?.start, slice?.end));
  // Like singer-python: a plain string is a list of one, and null an empty list.
  const list = typeof keys === 'string' ? [keys] : (keys ?? []);
  if (!isNameList(list)) throw notSinger(line, '"key_properties" is not a list of names');
  return { type: 'SCHEMA', stream, schema, levels, key_properties: list };
}

function activateVersionMessage(envelope: JsonObject, line: number): ActivateVersionMessage {
  const { version } = envelope;
  if (typeof version !== 'number') throw notSinger(line, 'an ACTIVATE_VERSION needs a "version" number');
  return { type: 'ACTIVATE_VERSION', stream: streamOf(envelope, line), version };
}

function batchMessage(envelope: JsonObject, line: number): BatchMessage {
  const { encoding, manifest, version } = envelope;
  if (!isObject(encoding) || typeof encoding.format !== 'string' || !isNameList(manifest)) {
    throw notSinger(line, 'a BATCH needs an "encoding" with a "format" and a "manifest" list');
  }
  const { format, compression } = encoding;
  return {
    type: 'BATCH',
    stream: streamOf(envelope, line),
    encoding: { format, ...(typeof compression === 'string' ? { compression } : {}) },
    manifest,
    ...(typeof version === 'number' ? { version } : {}),
  };
}

function streamOf(envelope: JsonObject, line: number): string {
  const { stream } = envelope;
  if (typeof stream !== 'string' || stream === '') throw notSinger(line, 'it names no "stream"');
  return stream;
}

function isNameList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
