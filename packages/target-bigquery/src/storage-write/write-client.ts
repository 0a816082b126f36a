import { ServiceError, type ServiceErrorKind } from '../api/service-error.js';
import type { Descriptor } from '../rows/proto-descriptor.js';

/** gRPC status codes that the Storage Write API uses. */
export const CODE = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** `google.cloud.bigquery.storage.v1.StorageError.StorageErrorCode`, those that decide what is done. */
export type StorageErrorCode = 'STREAM_FINALIZED' | 'STREAM_NOT_FOUND' | 'SCHEMA_MISMATCH_EXTRA_FIELDS';

const KINDS: ReadonlyMap<number, ServiceErrorKind> = new Map([
  [CODE.cancelled, 'transient'],
  [CODE.deadlineExceeded, 'transient'],
  [CODE.aborted, 'transient'],
  [CODE.internal, 'transient'],
  [CODE.unavailable, 'transient'],
  [CODE.resourceExhausted, 'quota'],
  [CODE.notFound, 'missing'],
  [CODE.permissionDenied, 'denied'],
  [CODE.unauthenticated, 'denied'],
]);

/** A call of the Storage Write API that failed, or whose answer did not come. */
export class WriteError extends ServiceError {
  /** Of gRPC. */
  readonly code: number;
  /** What the service adds to the code; undefined when it adds nothing that is known here. */
  readonly storage: string | undefined;

  constructor(code: number, storage: string | undefined, message: string, options?: { cause?: unknown }) {
    super(KINDS.get(code) ?? 'invalid', 0, storage ?? nameOfCode(code), message, options);
    this.name = 'WriteError';
    this.code = code;
    this.storage = storage;
  }

  is(storage: StorageErrorCode): boolean {
    return this.storage === storage;
  }
}

/** No answer, or none that can be trusted: what was sent may have been written. */
export function connectionLost(why: string, cause?: unknown): WriteError {
  return new WriteError(CODE.unavailable, undefined, why, { cause });
}

function nameOfCode(code: number): string {
  return Object.entries(CODE).find(([, value]) => value === code)?.[0] ?? `code ${code}`;
}

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

/** One AppendRows call to one write stream: appends are written in the order in which they are sent. */
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
   * Creates a COMMITTED write stream, whose rows are visible once they are acknowledged.
   * @param table `projects/…/datasets/…/tables/…`.
   * @returns its name.
   */
  createStream(table: string): Promise<string>;
  /**
   * Ends a write stream: nothing can be appended to it from then on.
   * @returns false when it does not exist: not any more or, shortly after its creation, not yet for this client.
   */
  finalize(writeStream: string): Promise<boolean>;
  /** So many connections are open that no further ones should be kept for later. */
  readonly isCrowded: boolean;
  /** @param descriptor of the rows that are sent. */
  connect(writeStream: string, descriptor: Descriptor): WriteConnection;
  /** Ends all connections: nothing keeps the process alive. */
  close(): Promise<void>;
}

/** Deadlines in ms. */
export interface WriteDeadlines {
  /** Of a call that creates or finalizes a write stream. */
  readonly callMs: number;
  /** Of an answer to an append. */
  readonly answerMs: number;
}
