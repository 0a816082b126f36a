import { type Field, type ProtoForm, traitsOf } from '../columns/types.js';

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
const TYPES: Readonly<Record<Exclude<ProtoForm, 'none'>, number>> = {
  string: PROTO_TYPE.string,
  literal: PROTO_TYPE.string,
  int64: PROTO_TYPE.int64,
  double: PROTO_TYPE.double,
  decimal: PROTO_TYPE.string,
  bool: PROTO_TYPE.bool,
  timestamp: PROTO_TYPE.int64,
  date: PROTO_TYPE.int32,
  bytes: PROTO_TYPE.bytes,
  json: PROTO_TYPE.string,
  message: PROTO_TYPE.message,
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

/** A self-contained `google.protobuf.DescriptorProto`: all messages are nested in the root. */
export interface Descriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly Descriptor[];
}

/**
 * Describes the rows of a table to the Storage Write API, as proto2: field n is column n, counted from 1. Nested messages are
 * numbered, so that no two have the same name.
 */
export function rowDescriptor(fields: readonly Field[]): Descriptor {
  const nested: Descriptor[] = [];
  const message = (name: string, own: readonly Field[]): Descriptor => ({
    name,
    field: own.flatMap((field, index) => {
      const { proto } = traitsOf(field.type);
      return proto === 'none' ? [] : [describeField(field, index + 1, TYPES[proto])];
    }),
    nestedType: [],
  });
  const describeField = (field: Field, number: number, type: number): FieldDescriptor => {
    const isProtoName = /^[A-Za-z_]\w*$/.test(field.name);
    const common = {
      name: isProtoName ? field.name : `column_${number}`,
      number,
      type,
      label: LABELS[field.mode],
      ...(!isProtoName && { options: { [COLUMN_NAME]: field.name } }),
    };
    if (field.type !== 'RECORD') return common;
    const typeName = `Record${nested.length + 1}`;
    const index = nested.push({ name: typeName, field: [], nestedType: [] }) - 1;
    nested[index] = message(typeName, field.fields ?? []);
    return { ...common, typeName };
  };
  const root = message('Row', fields);
  return { ...root, nestedType: nested };
}

/** The most bytes that a descriptor takes in a request: its JSON text is longer than its wire format. */
export function descriptorBytes(descriptor: Descriptor): number {
  return Buffer.byteLength(JSON.stringify(descriptor));
}
