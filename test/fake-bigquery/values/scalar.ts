import { type JsonNode, stringValue } from '@tap-webhooks/singer';
import type { FieldType } from '../schema.js';
import { decimal, int64 } from './decimals.js';
import { date, datetime, time, timestamp } from './times.js';
import { BadValue, JsonValue, type Value } from './value.js';

/** Most levels of nesting ("Work with JSON data"). */
const DEEPEST_JSON = 500;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Returns a value of a load job's row, which is not null, as a column of that type stores it.
 * @throws BadValue
 */
export function readScalar(text: string, node: JsonNode, type: FieldType): Value {
  if (type === 'JSON') return readJson(text, node);
  if (node.kind === 'object' || node.kind === 'array')
    throw new BadValue(
      node.kind === 'array' ? 'Array specified for non-repeated field.' : 'Unexpected object.',
    );
  if (node.kind === 'boolean') {
    if (type !== 'BOOLEAN') throw new BadValue(`Could not convert value to ${type.toLowerCase()}.`);
    return text[node.start] === 't';
  }
  const raw =
    node.kind === 'string' ? readString(text, node) : throughDouble(text.slice(node.start, node.end));
  return fromText(raw, type, node.kind === 'string');
}

function fromText(raw: string, type: FieldType, isString: boolean): Value {
  switch (type) {
    case 'INTEGER':
      return int64(raw);
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return decimal(raw, type);
    case 'FLOAT':
      return float(raw);
  }
  if (!isString) throw new BadValue(`Could not convert value to ${type.toLowerCase()}.`);
  switch (type) {
    case 'BOOLEAN':
      if (!/^(true|false)$/i.test(raw)) throw new BadValue('Could not convert value to boolean.');
      return raw.toLowerCase() === 'true';
    case 'BYTES':
      if (!BASE64.test(raw)) throw new BadValue('Could not decode base64 string to bytes.');
      return raw;
    case 'DATE':
      return date(raw);
    case 'TIME':
      return time(raw);
    case 'DATETIME':
      return datetime(raw);
    case 'TIMESTAMP':
      return timestamp(raw);
    case 'RECORD':
      throw new BadValue('This field is a record.');
    default:
      return raw;
  }
}

/**
 * Reads a bare number as a double. Google asks for strings where a double cannot hold the number ("Loading JSON data from Cloud
 * Storage", limitations), so a target that sends a bare one gets a rounded value back.
 */
function throughDouble(raw: string): string {
  return /^-?\d{1,15}$/.test(raw) ? raw : String(Number(raw));
}

function float(raw: string): number {
  if (/^[+-]?(inf|infinity)$/i.test(raw)) return raw.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(raw)) return Number.NaN;
  const value = Number(raw);
  if (raw.trim() === '' || !Number.isFinite(value) || !/^[-+.\deE]+$/.test(raw))
    throw new BadValue('Could not convert value to double.');
  return value;
}

/** Returns a text, which must be UTF-8 and have no lone surrogates ("Loading JSON data from Cloud Storage", encoding). */
function readString(text: string, node: JsonNode): string {
  const value = stringValue(text, node);
  if (/\p{Surrogate}/u.test(value)) throw new BadValue('Invalid UTF-8: lone surrogate in string.');
  return value;
}

function readJson(text: string, node: JsonNode): JsonValue {
  checkJson(text, node, 1);
  return new JsonValue(storedJson(text, node));
}

/** Returns a JSON value as it is stored: integers of 64 bits exactly, any other number as a double ("JSON type"). */
function storedJson(text: string, node: JsonNode): string {
  switch (node.kind) {
    case 'object': {
      const members = (node.members ?? []).map(
        ({ name, value }) => `${JSON.stringify(name)}:${storedJson(text, value)}`,
      );
      return `{${members.join(',')}}`;
    }
    case 'array':
      return `[${(node.items ?? []).map((item) => storedJson(text, item)).join(',')}]`;
    case 'number': {
      const raw = text.slice(node.start, node.end);
      const whole = /^-?\d+$/.test(raw) ? BigInt(raw) : undefined;
      if (whole !== undefined && BigInt.asIntN(64, whole) === whole) return String(whole);
      return JSON.stringify(Number(raw));
    }
    default:
      return JSON.stringify(JSON.parse(text.slice(node.start, node.end)));
  }
}

function checkJson(text: string, node: JsonNode, depth: number): void {
  if (depth > DEEPEST_JSON + 1) throw new BadValue(`JSON is nested deeper than ${DEEPEST_JSON} levels.`);
  if (node.kind === 'string') readString(text, node);
  if (node.kind === 'number' && !Number.isFinite(Number(text.slice(node.start, node.end))))
    throw new BadValue('JSON number is out of range.');
  for (const item of node.items ?? []) checkJson(text, item, depth + 1);
  for (const { value } of node.members ?? []) checkJson(text, value, depth + 1);
}
