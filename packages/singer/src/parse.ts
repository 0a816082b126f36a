import { type MemberSlice, memberSlices, nesting } from './cursor.js';
import { notSinger } from './errors.js';
import {
  type ActivateVersionMessage,
  type BatchMessage,
  isObject,
  type JsonObject,
  type Message,
  type RecordMessage,
  type RecordText,
  type SchemaMessage,
} from './messages.js';
import { nonNumbers, withZeros } from './non-numbers.js';

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
const RECORD_TAIL = /(?:, ?"version": ?(0|[1-9]\d*))?(?:, ?"time_extracted": ?"([-+.:0-9TZ]+)")?\}$/y;

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
    ...(tail[1] !== undefined ? { versionText: tail[1] } : {}),
  };
}

function parseAnyMessage(line: string, lineNumber: number): Message {
  const words = nonNumbers(line);
  const text = withZeros(line, words);
  const members = new Map<string, MemberSlice>();
  for (const slice of memberSlices(text)) members.set(slice.name, slice);
  const textOf = (slice: MemberSlice | undefined) => (slice ? line.slice(slice.start, slice.end) : '');
  const record = members.get('record');
  // A large record is parsed only once: the line is checked without the record, and the record by itself.
  const envelope = parseObject(
    record ? `${text.slice(0, record.start)}null${text.slice(record.end)}` : text,
    lineNumber,
  );
  const outside = words.find(({ start }) => !record || start < record.start || start >= record.end);
  if (outside) throw notSinger(lineNumber, `it holds ${outside.word}, which JSON does not have`);
  const type = envelope.type;
  if (typeof type !== 'string') throw notSinger(lineNumber, 'it has no "type"');
  const kind = type.toUpperCase();
  if (record && kind !== 'RECORD') parseObject(line, lineNumber);
  switch (kind) {
    case 'RECORD':
      return recordMessage(envelope, textOf(record), textOf(members.get('version')), lineNumber);
    case 'SCHEMA':
      return schemaMessage(envelope, line, members.get('schema'), lineNumber);
    case 'STATE': {
      const value = members.get('value');
      if (!value) throw notSinger(lineNumber, 'a STATE needs a "value"');
      return { type: 'STATE', value: envelope.value, valueText: textOf(value) };
    }
    case 'ACTIVATE_VERSION':
      return activateVersionMessage(envelope, textOf(members.get('version')), lineNumber);
    case 'BATCH':
      return batchMessage(envelope, textOf(members.get('version')), lineNumber);
    default:
      return { type: 'UNKNOWN', name: type };
  }
}

/**
 * Reads the text of one record, as in a line of a BATCH file.
 * @throws ToolkitError `not_singer`, exit 2.
 */
export function parseRecordText(recordText: string, lineNumber = 1): RecordText {
  const words = nonNumbers(recordText);
  const record = parseObject(withZeros(recordText, words), lineNumber);
  return words[0] ? { record, recordText, nonNumber: words[0].word } : { record, recordText };
}

/** What a line of mere text means: the usual cause is a print that was left in the tap, or a library that logs to stdout. */
const PRINTED =
  'the tap, or a library in it, printed text to stdout, which is for messages only: send that to stderr';

function parseObject(text: string, line: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const isText = /^\s*[^\s{[]/.test(text);
    throw notSinger(line, isText ? `it is not JSON; ${PRINTED}` : 'it is not JSON');
  }
  if (!isObject(value)) throw notSinger(line, 'it is not a JSON object');
  return value;
}

function recordMessage(
  envelope: JsonObject,
  recordText: string,
  versionText: string,
  lineNumber: number,
): RecordMessage {
  if (recordText.charCodeAt(0) !== 0x7b) throw notSinger(lineNumber, 'a RECORD needs a "record" object');
  const { time_extracted: time, version } = envelope;
  return {
    type: 'RECORD',
    stream: streamOf(envelope, lineNumber),
    ...parseRecordText(recordText, lineNumber),
    ...(typeof time === 'string' ? { time_extracted: time } : {}),
    ...(typeof version === 'number' ? { versionText } : {}),
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

function activateVersionMessage(
  envelope: JsonObject,
  versionText: string,
  line: number,
): ActivateVersionMessage {
  if (typeof envelope.version !== 'number')
    throw notSinger(line, 'an ACTIVATE_VERSION needs a "version" number');
  return { type: 'ACTIVATE_VERSION', stream: streamOf(envelope, line), versionText };
}

function batchMessage(envelope: JsonObject, versionText: string, line: number): BatchMessage {
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
    ...(typeof version === 'number' ? { versionText } : {}),
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
