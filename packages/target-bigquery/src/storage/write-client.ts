import type { Descriptor } from './descriptor.js';

/** Rows of one AppendRows request. */
export interface AppendRequest {
  /** Of its first row. */
  readonly offset: number;
  /** Rows in the wire format. */
  readonly rows: readonly Uint8Array[];
}

/** What the service says of an append that it did not fail as a whole. */
export interface Appended {
  /** Rows that it refuses; when there are any, no row of the request was written. */
  readonly rowErrors: ReadonlyArray<{ readonly index: number; readonly message: string }>;
}

/** One AppendRows call to one stream: appends are written in the order in which they are sent. */
export interface WriteConnection {
  /** False once it broke: what was not answered is unknown. */
  readonly isOpen: boolean;
  /**
   * @throws WriteError; a broken connection fails all appends that wait. Settles within the answer deadline: then the
   * connection counts as broken.
   */
  append(request: AppendRequest): Promise<Appended>;
  close(): void;
}

/** What the target needs of the Storage Write API. Calls have a deadline, and are not tried again inside. */
export interface WriteClient {
  /**
   * Makes a COMMITTED stream, whose rows are visible once they are acknowledged.
   * @param table `projects/…/datasets/…/tables/…`.
   * @returns its name.
   */
  createStream(table: string): Promise<string>;
  /**
   * Nothing can be appended to the stream from then on.
   * @returns false when it is not there: not any more, or, shortly after it was made, not yet for this client.
   */
  finalize(stream: string): Promise<boolean>;
  /** So many connections are open that no further ones should be kept for later. */
  readonly isCrowded: boolean;
  /** @param descriptor of the rows that are sent. */
  connect(stream: string, descriptor: Descriptor): WriteConnection;
  /** Ends all connections: nothing keeps the process alive. */
  close(): Promise<void>;
}

/** Deadlines in ms. */
export interface WriteDeadlines {
  /** Of a call that makes or finalizes a stream. */
  readonly callMs: number;
  /** Of an answer to an append. */
  readonly answerMs: number;
}
