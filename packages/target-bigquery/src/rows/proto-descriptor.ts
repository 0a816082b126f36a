import type { Field, FieldType } from '../columns/types.js';

/** `google.protobuf.FieldDescriptorProto.Type`. */
export const PROTO_TYPE = {
  double: 1,
  int64: 3,
  int32: 5,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
} as const;
/** `google.protobuf.FieldDescriptorProto.Label`. */
export const PROTO_LABEL = { optional: 1, required: 2, repeated: 3 } as const;

/** The extension of field options by which the service finds a column whose name is no name in Protocol Buffers. */
const COLUMN_NAME = '.google.cloud.bigquery.storage.v1.columnName';

/** "Data type conversions" of the Storage Write API's documentation. */
const TYPES: Readonly<Record<FieldType, number>> = {
  STRING: PROTO_TYPE.string,
  INTEGER: PROTO_TYPE.int64,
  FLOAT: PROTO_TYPE.double,
  NUMERIC: PROTO_TYPE.string,
  BIGNUMERIC: PROTO_TYPE.string,
  BOOLEAN: PROTO_TYPE.bool,
  TIMESTAMP: PROTO_TYPE.int64,
  DATE: PROTO_TYPE.int32,
  DATETIME: PROTO_TYPE.string,
  TIME: PROTO_TYPE.string,
  BYTES: PROTO_TYPE.bytes,
  JSON: PROTO_TYPE.string,
  RECORD: PROTO_TYPE.message,
};
const LABELS = {
  NULLABLE: PROTO_LABEL.optional,
  REQUIRED: PROTO_LABEL.required,
  REPEATED: PROTO_LABEL.repeated,
} as const;

/** One field of a `DescriptorProto`. */
export interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly type: number;
  readonly label: number;
  /** Name of the message in the root's `nestedType`. */
  readonly typeName?: string;
  readonly options?: { readonly [option: string]: string };
}

/** A `google.protobuf.DescriptorProto` that stands alone: all messages are nested in the root. */
export interface Descriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly Descriptor[];
}

/**
 * Describes rows of a table to the Storage Write API, as proto2: field n stands for column n, counted from 1. Nested messages
 * are numbered, so that no two of them meet in a name.
 */
export function describe(fields: readonly Field[]): Descriptor {
  const nested: Descriptor[] = [];
  const message = (name: string, own: readonly Field[]): Descriptor => ({
    name,
    field: own.flatMap((field, index) => (isDescribed(field) ? [describeField(field, index + 1)] : [])),
    nestedType: [],
  });
  const describeField = (field: Field, number: number): FieldDescriptor => {
    const isProtoName = /^[A-Za-z_]\w*$/.test(field.name);
    const common = {
      name: isProtoName ? field.name : `column_${number}`,
      number,
      type: TYPES[field.type],
      label: LABELS[field.mode],
      ...(!isProtoName && { options: { [COLUMN_NAME]: field.name } }),
    };
    if (field.type !== 'RECORD') return common;
    const typeName = `Record${nested.length + 1}`;
    const place = nested.push({ name: typeName, field: [], nestedType: [] }) - 1;
    nested[place] = message(typeName, field.fields ?? []);
    return { ...common, typeName };
  };
  const root = message('Row', fields);
  return { ...root, nestedType: nested };
}

/** A column of another type, of a table that somebody else made, stays NULL: no row of ours has a value for it. */
export function isDescribed({ type }: Field): boolean {
  return Object.hasOwn(TYPES, type);
}

/** Bytes that a descriptor takes in a request, at most: its JSON text is longer than its wire format. */
export function descriptorBytes(descriptor: Descriptor): number {
  return Buffer.byteLength(JSON.stringify(descriptor));
}
