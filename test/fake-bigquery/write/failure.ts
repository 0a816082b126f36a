import { protos } from '@google-cloud/bigquery-storage';
import { Metadata, status } from '@grpc/grpc-js';

const { StorageError } = protos.google.cloud.bigquery.storage.v1;
type StorageCode = keyof typeof StorageError.StorageErrorCode;

const TYPE = 'type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError';
const TRAILER = 'google.cloud.bigquery.storage.v1.storageerror-bin';

/** A refusal of a call or an append: a gRPC status, and what `StorageError` adds to it. */
export class Failure extends Error {
  readonly code: number;
  readonly storage: StorageCode | undefined;

  constructor(code: number, storage: StorageCode | undefined, message: string) {
    super(message);
    this.code = code;
    this.storage = storage;
  }

  /** Returns the form for `AppendRowsResponse.error`. */
  get asStatus(): protos.google.rpc.IStatus {
    const { code, message } = this;
    return { code, message, details: this.storage ? [{ type_url: TYPE, value: this.#detail }] : [] };
  }

  /** Returns the form for the end of a call. */
  get asServiceError(): { code: number; details: string; metadata: Metadata } {
    const metadata = new Metadata();
    if (this.storage) metadata.set(TRAILER, Buffer.from(this.#detail));
    return { code: this.code, details: this.message, metadata };
  }

  get #detail(): Uint8Array {
    const code = StorageError.StorageErrorCode[this.storage as StorageCode];
    return StorageError.encode({ code, errorMessage: this.message }).finish();
  }
}

export const unavailable = (message: string): Failure => new Failure(status.UNAVAILABLE, undefined, message);
export const invalidArgument = (message: string, storage?: StorageCode): Failure =>
  new Failure(status.INVALID_ARGUMENT, storage, message);
export const noStream = (name: string): Failure =>
  new Failure(status.NOT_FOUND, 'STREAM_NOT_FOUND', `Requested entity was not found: ${name}`);
export const finalized = (name: string): Failure =>
  new Failure(status.FAILED_PRECONDITION, 'STREAM_FINALIZED', `Stream has been finalized: ${name}`);
export const wrongState = (message: string): Failure =>
  new Failure(status.FAILED_PRECONDITION, 'INVALID_STREAM_STATE', message);
