import type { Duplex } from 'node:stream';
import type { v1 } from '@google-cloud/bigquery-storage';
import { within } from '@tap-webhooks/singer';
import type { AuthClient } from 'google-auth-library';
import type { Descriptor } from '../rows/proto-descriptor.js';
import {
  type Appended,
  type AppendRequest,
  CODE,
  connectionLost,
  type WriteClient,
  type WriteConnection,
  type WriteDeadlines,
  WriteError,
} from './write-client.js';

/** `google.rpc.Status`, as the client library gives it. */
export interface Status {
  readonly code?: number | null;
  readonly message?: string | null;
  readonly details?: ReadonlyArray<{ readonly type_url?: string | null; readonly value?: unknown }> | null;
}

/** What is read of `google.cloud.bigquery.storage.v1.AppendRowsResponse`. */
interface Response {
  readonly error?: Status | null;
  readonly rowErrors?: ReadonlyArray<{ readonly index?: unknown; readonly message?: string | null }> | null;
}

/** A call as the client library gives it. */
export type CallStream = Duplex & { cancel(): void };

export interface AppendCallOptions {
  readonly writeStream: string;
  readonly descriptor: Descriptor;
  readonly answerMs: number;
  /** Reads the error of an answer. */
  readonly ofStatus: (status: Status) => WriteError;
  /** Reads the error that a call ended with. */
  readonly ofFailure: (failure: unknown) => WriteError;
}

interface Waiting {
  resolve(appended: Appended): void;
  reject(error: WriteError): void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Pairs answers with requests: the service answers in the order in which it was asked. The library's own pairing leaves
 * promises open when a connection is closed, and takes the error of one append for that of another.
 */
class AppendCall implements WriteConnection {
  isOpen = true;
  readonly #call: CallStream;
  readonly #options: AppendCallOptions;
  readonly #waiting: Waiting[] = [];
  #isFirst = true;

  constructor(call: CallStream, options: AppendCallOptions) {
    this.#call = call;
    this.#options = options;
    call.on('data', (response: Response) => this.#answered(response));
    // for as long as the call lives: a late failure without a listener would end the process
    call.on('error', (failure) => this.#broken(options.ofFailure(failure)));
    for (const event of ['end', 'close']) {
      call.on(event, () => this.#broken(connectionLost('the service closed the connection')));
    }
  }

  append(request: AppendRequest): Promise<Appended> {
    if (!this.isOpen) return Promise.reject(connectionLost('the connection is closed'));
    return new Promise((resolve, reject) => {
      const expire = () => this.#broken(connectionLost('the service did not answer in time'));
      this.#waiting.push({ resolve, reject, timer: setTimeout(expire, this.#options.answerMs) });
      this.#call.write(this.#message(request));
    });
  }

  close(): void {
    this.#broken(connectionLost('the connection was closed'));
  }

  /** The description of the rows is due with the first request of a call ("AppendRowsRequest.ProtoData"). */
  #message({ offset, rows }: AppendRequest): object {
    const { writeStream, descriptor } = this.#options;
    const writerSchema = this.#isFirst ? { protoDescriptor: descriptor } : undefined;
    this.#isFirst = false;
    return {
      writeStream,
      offset: { value: offset },
      protoRows: { ...(writerSchema && { writerSchema }), rows: { serializedRows: rows } },
    };
  }

  #answered({ error, rowErrors }: Response): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    const refused = (rowErrors ?? []).map((row) => ({
      index: Number(row.index),
      message: row.message ?? '',
    }));
    // refused rows come with an error that only says that there are some
    if (refused.length > 0 || !error?.code) waiting.resolve({ rowErrors: refused });
    else waiting.reject(this.#options.ofStatus(error));
  }

  #broken(error: WriteError): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
    this.#call.cancel();
  }
}

/**
 * In place of a connection once the client is closed: nothing can be sent any more, so no attempt is repeated. The library's own
 * answer would be a call that throws when it is cancelled.
 */
const CLOSED: WriteConnection = {
  isOpen: false,
  append: () => Promise.reject(new WriteError(CODE.failedPrecondition, undefined, 'the client is closed')),
  close: () => {},
};

type Library = typeof import('@google-cloud/bigquery-storage');

export interface WriteClientOptions {
  readonly project: string;
  readonly auth: AuthClient;
  /** `host:port` of a service that is not Google's, without encryption; undefined: Google's. */
  readonly endpoint: string | undefined;
  readonly deadlines: WriteDeadlines;
}

const STORAGE_ERROR = 'google.cloud.bigquery.storage.v1.storageerror-bin';
/** Of `http:`, which a URL leaves out. */
const PLAIN_PORT = 80;
/** A connection that is dead is noticed, and one that is quiet is kept ("gRPC: Keepalive"). */
const KEEPALIVE = { 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 };
/** One HTTP/2 connection carries a hundred calls; the next one would wait for ever (nodejs-bigquery-storage #423). */
const MOST_KEPT = 50;

/**
 * The only file that loads `@google-cloud/bigquery-storage` (a third of a second, 25 MB), and only when it is called. Of the
 * library it takes the generated client: the helpers above it retry out of order and leave promises open.
 */
export async function openWriteClient(options: WriteClientOptions): Promise<WriteClient> {
  const library = (await import('@google-cloud/bigquery-storage')) as Library;
  const { project, auth, endpoint } = options;
  const client = new library.v1.BigQueryWriteClient({
    projectId: project,
    // the library's dependencies may have a copy of their own of this class
    authClient: auth as never,
    ...KEEPALIVE,
    ...(endpoint !== undefined && (await plain(endpoint))),
  });
  await client.initialize();
  return new GoogleWriteClient(library, client, options.deadlines);
}

async function plain(endpoint: string): Promise<object> {
  const { credentials } = await import('@grpc/grpc-js');
  const { hostname, port } = new URL(`http://${endpoint.replace(/^\w+:\/\//, '')}`);
  return {
    apiEndpoint: hostname,
    port: port === '' ? PLAIN_PORT : Number(port),
    sslCreds: credentials.createInsecure(),
  };
}

class GoogleWriteClient implements WriteClient {
  readonly #library: Library;
  readonly #client: v1.BigQueryWriteClient;
  readonly #deadlines: WriteDeadlines;
  readonly #connections = new Set<WriteConnection>();
  #isClosed = false;

  constructor(library: Library, client: v1.BigQueryWriteClient, deadlines: WriteDeadlines) {
    this.#library = library;
    this.#client = client;
    this.#deadlines = deadlines;
  }

  async createStream(table: string): Promise<string> {
    const request = { parent: table, writeStream: { type: 'COMMITTED' as const } };
    const [writeStream] = await this.#call((options) => this.#client.createWriteStream(request, options));
    return writeStream.name ?? '';
  }

  async finalize(writeStream: string): Promise<boolean> {
    try {
      await this.#call((options) => this.#client.finalizeWriteStream({ name: writeStream }, options));
      return true;
    } catch (error) {
      if (!(error instanceof WriteError) || error.code !== CODE.notFound) throw error;
      return false;
    }
  }

  connect(writeStream: string, descriptor: Descriptor): WriteConnection {
    if (this.#isClosed) return CLOSED;
    // by this header the service finds the region of the write stream
    const headers = { 'x-goog-request-params': `write_stream=${encodeURIComponent(writeStream)}` };
    const call = this.#client.appendRows({ otherArgs: { headers } }) as unknown as CallStream;
    const connection = new AppendCall(call, {
      writeStream,
      descriptor,
      answerMs: this.#deadlines.answerMs,
      ofStatus: (status) => this.#ofStatus(status),
      ofFailure: (failure) => this.#ofFailure(failure),
    });
    this.#connections.add(connection);
    return connection;
  }

  get isCrowded(): boolean {
    for (const known of this.#connections) if (!known.isOpen) this.#connections.delete(known);
    return this.#connections.size > MOST_KEPT;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    await this.#client.close();
  }

  /** Makes one attempt, which settles in time even when the library does not. */
  async #call<T>(call: (options: object) => Promise<T>): Promise<T> {
    const timeout = this.#deadlines.callMs;
    const late = () => connectionLost('the service did not answer in time');
    try {
      return await within(call({ timeout, retry: null }), timeout + 1000, late);
    } catch (failure) {
      throw this.#ofFailure(failure);
    }
  }

  #ofStatus({ code, message, details }: Status): WriteError {
    const detail = details?.find(({ type_url: type }) => type?.endsWith('.StorageError'));
    return new WriteError(code ?? 0, this.#storageCode(detail?.value), message ?? '');
  }

  #ofFailure(failure: unknown): WriteError {
    if (failure instanceof WriteError) return failure;
    const { code, message, metadata } = failure as {
      code?: unknown;
      message?: string;
      metadata?: { get?(name: string): unknown[] };
    };
    // an error without a code did not come from the service
    if (typeof code !== 'number') return connectionLost(message ?? 'the connection failed', failure);
    const [detail] = metadata?.get?.(STORAGE_ERROR) ?? [];
    return new WriteError(code, this.#storageCode(detail), message ?? '', { cause: failure });
  }

  #storageCode(bytes: unknown): string | undefined {
    if (!(bytes instanceof Uint8Array)) return undefined;
    const { StorageError } = this.#library.protos.google.cloud.bigquery.storage.v1;
    const { code } = StorageError.decode(bytes);
    return typeof code === 'string' ? code : StorageError.StorageErrorCode[code];
  }
}
