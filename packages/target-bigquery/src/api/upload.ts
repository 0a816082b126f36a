import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type Http, type HttpAnswer, REQUEST_TIMEOUT_MS, readJson } from './http.js';
import { type RestJob, readJob } from './rest.js';
import { type RetryPolicy, withRetry } from './retry.js';
import type { JobInfo, UploadFile } from './service.js';
import { isKind, ServiceError } from './service-error.js';

/** Bytes per ms that an upload makes at least: on a slower line (256 kbit/s) an attempt counts as dead. */
const SLOWEST = 32;

export interface UploadLimits {
  /** How long the whole upload may take, with all attempts. */
  readonly deadlineMs: number;
  /** Once it is aborted, what failed is repeated for 5 s only. */
  readonly stop: AbortSignal | undefined;
  readonly onOutage?: RetryPolicy['onOutage'];
}

/**
 * Creates a load job with a file as its content, in one request. A request that got no answer is repeated under the same job
 * id, which the service takes once: however many of these requests arrive, and whenever, one of them creates the job
 * ("Generating a job ID", BigQuery's guide to running jobs).
 * @param job the job's resource, with its id.
 * @returns the job as the service names it: an emulator may give it an id of its own.
 * @throws ServiceError `duplicate` when a job of that id exists: an earlier attempt of this call may have created it, or
 * another process; `transient` when no answer came in time: the job may exist nevertheless.
 */
export async function upload(
  http: Http,
  url: string,
  job: object,
  file: UploadFile,
  { deadlineMs, stop, onOutage }: UploadLimits,
): Promise<JobInfo> {
  const until = Date.now() + deadlineMs;
  const boundary = `sdc_${randomUUID()}`;
  const body = await multipart(boundary, job, file);
  const late = () =>
    new ServiceError('transient', 0, 'timeout', `the upload was not done within ${deadlineMs} ms`);
  const attempt = async () => {
    const left = until - Date.now();
    if (left <= 0) throw late();
    const answer = await http.send({
      method: 'POST',
      url: `${url}?uploadType=multipart`,
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body,
      timeoutMs: Math.min(left, REQUEST_TIMEOUT_MS + Math.ceil(body.length / SLOWEST)),
    });
    return jobOf(answer);
  };
  const made = await withRetry(attempt, { transientMs: deadlineMs, quotaMs: 0, stop, onOutage }).catch(
    (error) => {
      throw isKind(error, 'transient') && Date.now() >= until ? late() : error;
    },
  );
  spare = Buffer.from(body.buffer as ArrayBuffer); // not after a failure: an abandoned request may still read it
  return made;
}

/** Memory of an upload that is over, for the next one: a new piece each time would pile up until it is collected. */
let spare: Buffer = Buffer.alloc(0);

/** Bytes: uploads differ little in size, so that most fit into the memory of another one. */
const MEMORY_STEP = 256 * 1024;

function memoryOf(size: number): Buffer {
  const memory =
    spare.length >= size ? spare : Buffer.allocUnsafeSlow(Math.ceil(size / MEMORY_STEP) * MEMORY_STEP);
  spare = Buffer.alloc(0);
  return memory.subarray(0, size);
}

/** The job and the file as the body of one request (RFC 2387, `multipart/related`). */
async function multipart(boundary: string, job: object, { path, size }: UploadFile): Promise<Buffer> {
  const head =
    `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(job)}\r\n` +
    `--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const tail = `\r\n--${boundary}--\r\n`;
  const headBytes = Buffer.byteLength(head);
  const body = memoryOf(headBytes + size + tail.length);
  body.write(head);
  await readInto(body.subarray(headBytes, headBytes + size), path);
  body.write(tail, headBytes + size);
  return body;
}

/** Fills the memory with the beginning of a file. */
async function readInto(memory: Buffer, path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    for (let filled = 0; filled < memory.length; ) {
      const { bytesRead } = await handle.read(memory, filled, memory.length - filled, filled);
      if (bytesRead === 0) throw new Error(`${path} is shorter than it was`);
      filled += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** A success with something else in it (of a proxy, say) tells as little as no answer. */
function jobOf(answer: HttpAnswer): JobInfo {
  const rest = readJson<RestJob>(answer);
  if (typeof rest.jobReference?.jobId === 'string') return readJob(rest);
  throw new ServiceError('transient', answer.status, 'notJob', 'the answer is no job');
}
