import type { Duplex } from 'node:stream';
import type { Descriptor } from './descriptor.js';
import type { Appended, AppendRequest, WriteConnection } from './write-client.js';
import { connectionLost, type WriteError } from './write-error.js';

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
  readonly stream: string;
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
export class AppendCall implements WriteConnection {
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
    const { stream, descriptor } = this.#options;
    const writerSchema = this.#isFirst ? { protoDescriptor: descriptor } : undefined;
    this.#isFirst = false;
    return {
      writeStream: stream,
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
    // refused rows come with an error that says no more than that there are some
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
