import { type JsonNode, stringValue } from '@tap-webhooks/singer';
import type { FieldType } from '../schema.js';
import { decimal, int64 } from './decimals.js';
import { date, datetime, time, timestamp } from './times.js';
import { BadValue, JsonValue, type Value } from './value.js';

/** "Work with JSON data": levels of nesting. */
const DEEPEST_JSON = 500;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * A value of a load job's row, which is not null, as a column of that type takes it.
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
 * Google asks for strings where a double cannot hold the number ("Loading JSON data from Cloud Storage", limitations):
 * a bare number is read as a careless reader does, so that a target that sends one shows it.
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

/** BigQuery's text is UTF-8, which has no lone surrogates ("Loading JSON data from Cloud Storage", encoding). */
function readString(text: string, node: JsonNode): string {
  const value = stringValue(text, node);
  if (/\p{Surrogate}/u.test(value)) throw new BadValue('Invalid UTF-8: lone surrogate in string.');
  return value;
}

function readJson(text: string, node: JsonNode): JsonValue {
  checkJson(text, node, 1);
  return new JsonValue(storedJson(text, node));
}

/** "JSON type": integers of 64 bits are kept exactly; of any other number a double is kept. */
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
