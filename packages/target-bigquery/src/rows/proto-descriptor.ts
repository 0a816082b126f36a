import { type Field, traitsOf } from '../columns/types.js';
import { SCALAR_WRITERS } from './proto-scalars.js';
import { PROTO, type ProtoType } from './proto-wire.js';

/** The extension of field options by which the service finds a column whose name Protocol Buffers does not allow. */
const COLUMN_NAME = '.google.cloud.bigquery.storage.v1.columnName';

/** `google.protobuf.FieldDescriptorProto.Label`, by the mode of the column. */
const LABELS = { NULLABLE: 1, REQUIRED: 2, REPEATED: 3 } as const;

/** One field of a `DescriptorProto`. */
interface FieldDescriptor {
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
      const type = typeOf(field);
      return type === undefined ? [] : [describeField(field, index + 1, type.number)];
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

/** Returns the type of a column; undefined for one in which no row has a value, so that it is not described. */
function typeOf({ type }: Field): ProtoType | undefined {
  const { proto } = traitsOf(type);
  if (proto === 'none') return undefined;
  return proto === 'message' ? PROTO.message : SCALAR_WRITERS[proto].type;
}

/** Returns the most bytes that a descriptor can take in a request: its JSON text is longer than its wire format. */
export function descriptorBytes(descriptor: Descriptor): number {
  return Buffer.byteLength(JSON.stringify(descriptor));
}
