import type { protos } from '@google-cloud/bigquery-storage';
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { shownRow } from '../values/shown.js';
import { BadValue, type StoredRow } from '../values/value.js';
import { Failure, invalidArgument, unavailable } from './failure.js';
import type { AppendEvent, WriteFaults } from './faults.js';
import { RowDecoder } from './row-decoder.js';
import type { WriteStream, WriteStreams } from './write-streams.js';

type Request = protos.google.cloud.bigquery.storage.v1.IAppendRowsRequest;
type Response = protos.google.cloud.bigquery.storage.v1.IAppendRowsResponse;
type RowError = protos.google.cloud.bigquery.storage.v1.IRowError;
export type AppendCall = ServerDuplexStream<Request, Response>;

export interface AppendSettings {
  readonly streams: WriteStreams;
  readonly faults: WriteFaults;
  /** False when rows are counted and not read. */
  readonly keepRows: boolean;
  /** Number of the next append. */
  readonly nextNumber: () => number;
}

/** The rows of a request, or what is wrong with some of them. */
interface Decoded {
  readonly rows: readonly StoredRow[];
  readonly errors: readonly RowError[];
}

/** Serves one AppendRows call: its requests one by one, in their order. */
export class AppendHandler {
  readonly #call: AppendCall;
  readonly #settings: AppendSettings;
  #streamName: string | undefined;
  #descriptor: protos.google.protobuf.IDescriptorProto | undefined;
  #queue: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(call: AppendCall, settings: AppendSettings) {
    this.#call = call;
    this.#settings = settings;
    call.on('data', (request: Request) => {
      this.#queue = this.#queue.then(() => this.#take(request));
    });
    call.on('error', () => this.#stop());
    call.on('cancelled', () => this.#stop());
    call.on('end', () => {
      this.#queue = this.#queue.then(() => {
        if (!this.#isOver) call.end();
        this.#stop();
      });
    });
  }

  #stop(): void {
    this.#isOver = true;
  }

  async #take(request: Request): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#append(request);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#end(error);
    }
  }

  #end(failure: Failure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call.emit('error', failure.asServiceError);
  }

  async #append(request: Request): Promise<void> {
    const { faults } = this.#settings;
    const number = this.#settings.nextNumber();
    const offset = request.offset?.value === undefined ? undefined : Number(request.offset.value);
    const rows = request.protoRows?.rows?.serializedRows?.length ?? 0;
    const event = { number, stream: request.writeStream || (this.#streamName ?? ''), offset, rows };
    const fault = faults.appends.shift() ?? 'none';
    await this.#tell({ ...event, stage: 'arrived' });
    if (this.#isOver) return; // the writer is gone
    if (fault === 'cut') throw unavailable('the connection was cut');
    if (fault === 'hang') return;
    const response = this.#respond(request, offset, fault);
    if (response.appendResult) await this.#tell({ ...event, stage: 'committed' });
    if (fault === 'lost') throw unavailable('the connection was cut');
    if (!this.#isOver) this.#call.write(response);
  }

  async #tell(event: AppendEvent): Promise<void> {
    await this.#settings.faults.onAppend?.(event);
  }

  #respond(request: Request, offset: number | undefined, fault: string): Response {
    const stream = this.#stream(request);
    const decoder = this.#decoder(request, stream);
    try {
      if (fault === 'internal') throw new Failure(status.INTERNAL, undefined, 'internal');
      if (fault === 'exhausted') throw new Failure(status.RESOURCE_EXHAUSTED, undefined, 'quota');
      if (fault === 'gap')
        throw new Failure(status.OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE', 'The offset is beyond stream');
      stream.check(offset);
    } catch (error) {
      if (error instanceof Failure) return { error: error.asStatus, writeStream: stream.name };
      throw error;
    }
    const start = stream.end;
    if (!this.#settings.keepRows) {
      stream.count(request.protoRows?.rows?.serializedRows?.length ?? 0);
      return { appendResult: { offset: { value: start } }, writeStream: stream.name };
    }
    const { rows, errors } = this.#decode(request, decoder);
    if (errors.length > 0) {
      const error = invalidArgument(
        'Errors found while processing rows. Please refer to the row_errors field.',
      );
      return { error: error.asStatus, rowErrors: [...errors], writeStream: stream.name };
    }
    stream.append(rows);
    const written = stream.type === 'DEFAULT' ? {} : { offset: { value: start } };
    return { appendResult: written, writeStream: stream.name };
  }

  /** Checks "AppendRowsRequest.write_stream": required in the first request, and the same in all requests of a call. */
  #stream({ writeStream }: Request): WriteStream {
    if (!writeStream && this.#streamName === undefined) throw invalidArgument('write_stream is missing.');
    if (writeStream && this.#streamName !== undefined && writeStream !== this.#streamName)
      throw invalidArgument('write_stream differs from that of the first request.');
    this.#streamName ??= writeStream as string;
    return this.#settings.streams.get(this.#streamName);
  }

  /** Reads "ProtoData.writer_schema": required in the first request, and where it changes. */
  #decoder({ protoRows }: Request, { table }: WriteStream): RowDecoder {
    this.#descriptor = protoRows?.writerSchema?.protoDescriptor ?? this.#descriptor;
    if (this.#descriptor === undefined) throw invalidArgument('writer_schema is missing.');
    const { streams, faults } = this.#settings;
    return new RowDecoder(this.#descriptor, streams.fields(table, faults.isSchemaLate));
  }

  #decode({ protoRows }: Request, decoder: RowDecoder): Decoded {
    const rows: StoredRow[] = [];
    const errors: RowError[] = [];
    for (const [index, bytes] of (protoRows?.rows?.serializedRows ?? []).entries()) {
      try {
        const row = decoder.decode(bytes as Uint8Array);
        const refused = this.#settings.faults.refuseRow?.(shownRow(row));
        if (refused !== undefined) throw new BadValue(refused);
        rows.push(row);
      } catch (error) {
        const message = error instanceof BadValue ? error.message : 'The row can not be parsed.';
        errors.push({ index, code: 'FIELDS_ERROR', message });
      }
    }
    return { rows, errors };
  }
}
