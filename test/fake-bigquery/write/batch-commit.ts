import { protos } from '@google-cloud/bigquery-storage';
import { Failure } from './failure.js';
import type { WriteStreams } from './write-streams.js';

const { StorageErrorCode } = protos.google.cloud.bigquery.storage.v1.StorageError;
type Request = protos.google.cloud.bigquery.storage.v1.IBatchCommitWriteStreamsRequest;
type Response = protos.google.cloud.bigquery.storage.v1.IBatchCommitWriteStreamsResponse;

/** Commits all streams or none. If one cannot be committed, the call succeeds with `streamErrors` and without `commitTime`. */
export function batchCommit(streams: WriteStreams, { parent, writeStreams }: Request): Response {
  const names = writeStreams ?? [];
  const errors = names
    .map((name) => problem(streams, parent ?? '', name))
    .filter((code) => code !== undefined);
  if (errors.length > 0) return { streamErrors: errors };
  const now = new Date();
  for (const name of names) {
    const stream = streams.get(name);
    stream.show(stream.end);
    stream.commitTime = now;
  }
  return { commitTime: { seconds: Math.floor(now.getTime() / 1000) } };
}

function problem(streams: WriteStreams, parent: string, name: string): object | undefined {
  const error = (code: number) => ({ code, entity: name, errorMessage: StorageErrorCode[code] ?? '' });
  try {
    const stream = streams.get(name);
    if (stream.type !== 'PENDING' || !name.startsWith(`${parent}/`))
      return error(StorageErrorCode.INVALID_STREAM_TYPE);
    if (stream.commitTime) return error(StorageErrorCode.STREAM_ALREADY_COMMITTED);
    return stream.isFinalized ? undefined : error(StorageErrorCode.INVALID_STREAM_STATE);
  } catch (failure) {
    if (failure instanceof Failure) return error(StorageErrorCode.STREAM_NOT_FOUND);
    throw failure;
  }
}
