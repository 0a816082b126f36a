import type { protos } from '@google-cloud/bigquery-storage';
import { parseJson } from '@tap-webhooks/singer';
import protobuf from 'protobufjs';
import { type FakeField, type FieldType, findField } from '../schema.js';
import { readScalar } from '../values/scalar.js';
import { BadValue, newRow, type StoredRow, type Value } from '../values/value.js';
import { invalidArgument } from './failure.js';

type Descriptor = protos.google.protobuf.IDescriptorProto;
type FieldDescriptor = protos.google.protobuf.IFieldDescriptorProto;

/** FieldDescriptorProto.Type by column type ("Data type conversions" of the Storage Write API). */
const PROTO_TYPES: Readonly<Record<FieldType, number>> = {
  STRING: 9,
  JSON: 9,
  NUMERIC: 9,
  BIGNUMERIC: 9,
  DATETIME: 9,
  TIME: 9,
  BYTES: 12,
  INTEGER: 3,
  TIMESTAMP: 3,
  DATE: 5,
  BOOLEAN: 8,
  FLOAT: 1,
  RECORD: 11,
};
const WIRE_TYPES: { readonly [protoType: number]: number } = { 1: 1, 3: 0, 5: 0, 8: 0, 9: 2, 11: 2, 12: 2 };
const REPEATED = 3;
const COLUMN_NAME = '.google.cloud.bigquery.storage.v1.columnName';
const LEAST_MICROS = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const MOST_MICROS = (BigInt(Date.parse('9999-12-31T23:59:59Z')) + 1000n) * 1000n - 1n;
const LEAST_DAY = -719_162;
const MOST_DAY = 2_932_896;

interface Slot {
  readonly field: FakeField;
  readonly nested: Message | undefined;
}
interface Message {
  readonly slots: ReadonlyMap<number, Slot>;
  readonly required: readonly string[];
}

/** Reads serialized rows into the columns of a table, by the descriptor that a writer sent. */
export class RowDecoder {
  readonly #message: Message;

  /** Checks the descriptor. @throws Failure when it does not fit the table: a field that the table lacks, or another type. */
  constructor(descriptor: Descriptor, fields: readonly FakeField[]) {
    const nested = new Map((descriptor.nestedType ?? []).map((type) => [type.name ?? '', type]));
    this.#message = message(descriptor, fields, nested);
  }

  /** Decodes a row. @throws BadValue with a sentence for `rowErrors`. */
  decode(bytes: Uint8Array): StoredRow {
    return record(protobuf.Reader.create(bytes), bytes.length, this.#message, '');
  }
}

function message(
  descriptor: Descriptor,
  fields: readonly FakeField[],
  nested: ReadonlyMap<string, Descriptor>,
): Message {
  const slots = new Map<number, Slot>();
  for (const described of descriptor.field ?? []) {
    const name = columnName(described);
    const field = findField(fields, name);
    if (field === undefined) {
      throw invalidArgument(
        `Input schema has more fields than BigQuery schema, extra fields: '${name}'`,
        'SCHEMA_MISMATCH_EXTRA_FIELDS',
      );
    }
    checkType(described, field);
    const type = nested.get(described.typeName ?? '');
    if (field.type === 'RECORD' && type === undefined)
      throw invalidArgument(`Message of ${name} is not described`);
    const inner = type && field.type === 'RECORD' ? message(type, field.fields ?? [], nested) : undefined;
    slots.set(described.number ?? 0, { field, nested: inner });
  }
  return { slots, required: fields.filter(({ mode }) => mode === 'REQUIRED').map(({ name }) => name) };
}

function columnName({ options, name }: FieldDescriptor): string {
  const annotated = (options as { [option: string]: unknown } | null | undefined)?.[COLUMN_NAME];
  return typeof annotated === 'string' && annotated !== '' ? annotated : (name ?? '');
}

function checkType({ type, label }: FieldDescriptor, { name, type: column, mode }: FakeField): void {
  if (Number(type) !== PROTO_TYPES[column])
    throw invalidArgument(`The proto field mismatched with BigQuery field at ${name}: type ${column}`);
  if ((Number(label) === REPEATED) !== (mode === 'REPEATED'))
    throw invalidArgument(`The proto field mismatched with BigQuery field at ${name}: mode ${mode}`);
}

function record(reader: protobuf.Reader, end: number, { slots, required }: Message, path: string): StoredRow {
  const row = newRow();
  while (reader.pos < end) {
    const tag = reader.uint32();
    const slot = slots.get(tag >>> 3);
    if (slot === undefined) throw new BadValue(`No field ${tag >>> 3} in the message ${path}`);
    const { field } = slot;
    const at = `${path}${field.name}`;
    if ((tag & 7) !== WIRE_TYPES[PROTO_TYPES[field.type]])
      throw new BadValue(`Wrong wire type. Field: ${at}`);
    const value = one(reader, slot, at);
    if (field.mode === 'REPEATED')
      row[field.name] = [...((row[field.name] as Value[] | undefined) ?? []), value];
    else row[field.name] = value;
  }
  for (const name of required)
    if (row[name] === undefined) throw new BadValue(`Missing required field: ${path}${name}.`);
  return row;
}

function one(reader: protobuf.Reader, { field, nested }: Slot, path: string): Value {
  try {
    if (nested) {
      const length = reader.uint32();
      return record(reader, reader.pos + length, nested, `${path}.`);
    }
    return scalar(reader, field.type);
  } catch (error) {
    if (!(error instanceof BadValue) || nested) throw error;
    throw new BadValue(`${error.message} Field: ${path}`);
  }
}

function scalar(reader: protobuf.Reader, type: FieldType): Value {
  switch (type) {
    case 'INTEGER':
      return reader.int64().toString();
    case 'TIMESTAMP':
      return micros(BigInt(reader.int64().toString()));
    case 'DATE':
      return day(reader.int32());
    case 'BOOLEAN':
      return reader.bool();
    case 'FLOAT':
      return reader.double();
    case 'BYTES':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'JSON':
      return json(reader.string());
    default: {
      const text = JSON.stringify(reader.string());
      return readScalar(text, parseJson(text), type);
    }
  }
}

function micros(value: bigint): bigint {
  if (value < LEAST_MICROS || value > MOST_MICROS) throw new BadValue('Timestamp value is out of range.');
  return value;
}

function day(days: number): string {
  if (days < LEAST_DAY || days > MOST_DAY) throw new BadValue('Date value is out of range.');
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

function json(text: string): Value {
  try {
    JSON.parse(text);
  } catch {
    throw new BadValue('Invalid JSON.');
  }
  return readScalar(text, parseJson(text, { maxDepth: 1000 }), 'JSON');
}
