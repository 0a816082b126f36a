import { ServiceError, type ServiceErrorKind } from '../service/service-error.js';

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
