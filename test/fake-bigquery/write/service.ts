import { protos } from '@google-cloud/bigquery-storage';
import type { MethodDefinition } from '@grpc/grpc-js';

const v1 = protos.google.cloud.bigquery.storage.v1;

/** Encodes and decodes one message. The classes that protobufjs generates have this shape. */
interface Codec {
  encode(message: never): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

function method(
  name: string,
  request: Codec,
  response: Codec,
  isStream: boolean,
): MethodDefinition<unknown, unknown> {
  return {
    path: `/google.cloud.bigquery.storage.v1.BigQueryWrite/${name}`,
    originalName: name,
    requestStream: isStream,
    responseStream: isStream,
    requestSerialize: (message) => Buffer.from(request.encode(message as never).finish()),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => Buffer.from(response.encode(message as never).finish()),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

/** The service of `storage.proto`, built from the messages in the client library. */
export const writeService = {
  CreateWriteStream: method('CreateWriteStream', v1.CreateWriteStreamRequest, v1.WriteStream, false),
  AppendRows: method('AppendRows', v1.AppendRowsRequest, v1.AppendRowsResponse, true),
  GetWriteStream: method('GetWriteStream', v1.GetWriteStreamRequest, v1.WriteStream, false),
  FinalizeWriteStream: method(
    'FinalizeWriteStream',
    v1.FinalizeWriteStreamRequest,
    v1.FinalizeWriteStreamResponse,
    false,
  ),
  BatchCommitWriteStreams: method(
    'BatchCommitWriteStreams',
    v1.BatchCommitWriteStreamsRequest,
    v1.BatchCommitWriteStreamsResponse,
    false,
  ),
  FlushRows: method('FlushRows', v1.FlushRowsRequest, v1.FlushRowsResponse, false),
};
