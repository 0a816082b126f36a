import { protos } from '@google-cloud/bigquery-storage';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import type { Store } from '../store.js';
import { type AppendCall, AppendHandler } from './append-handler.js';
import { batchCommit } from './batch-commit.js';
import { Failure } from './failure.js';
import { type CallName, WriteFaults } from './faults.js';
import { writeService } from './service.js';
import { type WriteStream, WriteStreams } from './write-streams.js';

type IWriteStream = protos.google.cloud.bigquery.storage.v1.IWriteStream;

export interface WriteServerOptions {
  /** Most bytes of a request ("Quotas and limits", Storage Write API: 10 MB). */
  readonly maxRequestBytes?: number;
  /** False when rows are counted and not read (for benchmarks). */
  readonly keepRows?: boolean;
  /** Port on 127.0.0.1; a free one when absent. */
  readonly port?: number;
}

export interface WriteServer {
  /** Address, `127.0.0.1:PORT`. */
  readonly address: string;
  readonly faults: WriteFaults;
  readonly streams: WriteStreams;
  /** Ends all calls at once. */
  close(): void;
}

const MAX_REQUEST_BYTES = 10_000_000;

/** The gRPC half of the fake: service `google.cloud.bigquery.storage.v1.BigQueryWrite` over the tables of the store. */
export async function startWriteServer(store: Store, options: WriteServerOptions = {}): Promise<WriteServer> {
  const faults = new WriteFaults();
  const streams = new WriteStreams(store);
  const server = new Server({
    'grpc.max_receive_message_length': options.maxRequestBytes ?? MAX_REQUEST_BYTES,
  });
  server.addService(writeService, handlers(streams, faults, options.keepRows ?? true) as never);
  const address = `127.0.0.1:${options.port ?? 0}`;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, faults, streams, close: () => server.forceShutdown() };
}

function handlers(streams: WriteStreams, faults: WriteFaults, keepRows: boolean): object {
  let appends = 0;
  const unary =
    <Q, R>(name: CallName, answer: (request: Q) => R) =>
    ({ request }: ServerUnaryCall<Q, R>, done: sendUnaryData<R>): void => {
      const code = faults.calls[name]?.shift() ?? 0;
      try {
        if (code !== 0) throw new Failure(code, undefined, `asked to fail with ${code}`);
        done(null, answer(request));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        done(error.asServiceError);
      }
    };
  return {
    CreateWriteStream: unary('CreateWriteStream', (request: CreateRequest) => {
      return shown(streams.create(request.parent ?? '', typeName(request.writeStream?.type)));
    }),
    GetWriteStream: unary('GetWriteStream', ({ name }: { name?: string | null }) =>
      shown(streams.get(name ?? '')),
    ),
    FinalizeWriteStream: unary('FinalizeWriteStream', ({ name }: { name?: string | null }) => ({
      rowCount: streams.finalize(name ?? ''),
    })),
    BatchCommitWriteStreams: unary('BatchCommitWriteStreams', (request: CommitRequest) =>
      batchCommit(streams, request),
    ),
    FlushRows: unary('FlushRows', ({ writeStream, offset }: FlushRequest) => {
      if (offset?.value === undefined)
        throw new Failure(status.INVALID_ARGUMENT, undefined, 'offset is missing.');
      streams.flush(writeStream ?? '', Number(offset.value));
      return { offset: Number(offset.value) };
    }),
    AppendRows: (call: AppendCall) => {
      new AppendHandler(call, { streams, faults, keepRows, nextNumber: () => ++appends });
    },
  };
}

type CreateRequest = protos.google.cloud.bigquery.storage.v1.ICreateWriteStreamRequest;
type CommitRequest = protos.google.cloud.bigquery.storage.v1.IBatchCommitWriteStreamsRequest;
type FlushRequest = protos.google.cloud.bigquery.storage.v1.IFlushRowsRequest;

const { Type } = protos.google.cloud.bigquery.storage.v1.WriteStream;

function typeName(type: unknown): string {
  return typeof type === 'number' ? (Type[type] ?? '') : String(type ?? '');
}

function shown({ name, type, commitTime }: WriteStream): IWriteStream {
  return {
    name,
    type: type === 'DEFAULT' ? Type.TYPE_UNSPECIFIED : Type[type],
    ...(commitTime && { commitTime: { seconds: Math.floor(commitTime.getTime() / 1000) } }),
  };
}
