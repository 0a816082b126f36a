import { type FileHandle, open } from 'node:fs/promises';
import { isKind, ServiceError } from '../service-error.js';
import { errorOf, type Http, type HttpAnswer, REQUEST_TIMEOUT_MS, readJson } from './http.js';
import { type RestJob, readJob } from './rest.js';
import { backOff, isPatienceOver, QUICK, withRetry } from './retry.js';
import type { JobInfo, UploadFile } from './service.js';

const RETRY_MS = 300_000;

export interface UploadPatience {
  /** How long the whole upload may take. */
  readonly deadlineMs: number;
  /** Once it is aborted, what failed is tried again for 5 s only. */
  readonly stop?: AbortSignal | undefined;
}

/** The time that is left for an upload. */
export class UploadDeadline {
  readonly #until: number;
  readonly #ms: number;
  readonly #stop: AbortSignal | undefined;

  constructor({ deadlineMs, stop }: UploadPatience) {
    this.#until = Date.now() + deadlineMs;
    this.#ms = deadlineMs;
    this.#stop = stop;
  }

  /** @returns what a step may take that could take `mostMs`. @throws ServiceError `transient` when no time is left. */
  left(mostMs: number): number {
    const left = this.#until - Date.now();
    if (left <= 0)
      throw new ServiceError('transient', 0, 'timeout', `the upload was not done within ${this.#ms} ms`);
    return Math.min(left, mostMs);
  }

  retry<T>(call: () => Promise<T>): Promise<T> {
    return withRetry(call, { transientMs: this.left(RETRY_MS), quotaMs: 0, stop: this.#stop });
  }

  /** Waits before something is tried again. @throws ServiceError, `failure` if there is one, when it is not to be. */
  async backOff(attempt: number, failure = uploadCut()): Promise<void> {
    if (isPatienceOver(this.#stop)) throw failure;
    await backOff(attempt, { ...QUICK, longestMs: this.left(QUICK.longestMs) }, this.#stop);
    if (isPatienceOver(this.#stop)) throw failure;
    this.left(0);
  }
}

export function uploadCut(): ServiceError {
  return new ServiceError('transient', 0, 'uploadCut', 'the upload was cut again and again');
}

/** A multiple of 256 KiB, as the protocol demands; the only part of the file that is in memory. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** An answer to a chunk, sent over a slow line. */
const CHUNK_TIMEOUT_MS = 300_000;
/** Times that a piece is sent again without any progress. */
const MOST_FAILURES = 8;
/** Successes that are no job, before the job is looked up. */
const MOST_UNCLEAR = 2;

/** A session of the resumable protocol is gone: the upload has to begin anew. */
export class SessionLost extends Error {}

/** Memory of the last upload that is over: a new piece each time would pile up until it is collected. */
let spare: Buffer | undefined;

function spareChunk(size: number): Buffer {
  const chunk = spare;
  spare = undefined;
  return chunk && chunk.length >= Math.min(CHUNK_BYTES, size) ? chunk : Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

/** One session: bytes in order, and the answer to the last one is the job. */
export class UploadSession {
  readonly #http: Http;
  readonly #url: string;
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #chunk: Buffer;
  readonly #deadline: UploadDeadline;
  #sent = 0;
  #unclear = 0;
  /** Why no answer came last. */
  #failure: ServiceError | undefined;

  constructor(http: Http, url: string, handle: FileHandle, size: number, deadline: UploadDeadline) {
    this.#http = http;
    this.#url = url;
    this.#handle = handle;
    this.#size = size;
    this.#deadline = deadline;
    this.#chunk = spareChunk(size);
  }

  async send(): Promise<JobInfo> {
    try {
      return await this.#send();
    } finally {
      spare = this.#chunk;
    }
  }

  async #send(): Promise<JobInfo> {
    let failures = 0;
    let answer = await this.#try(() => this.#next());
    for (;;) {
      const job = answer && this.#jobOf(answer);
      if (job) return job;
      const before = this.#sent;
      if (answer?.status === 308) this.#sent = this.#received(answer);
      else if (answer?.status === 404 || answer?.status === 410) throw new SessionLost();
      else if (answer && answer.status >= 300) this.#failure = transientOf(answer);
      failures = answer?.status === 308 && this.#sent > before ? 0 : failures + 1;
      if (failures > MOST_FAILURES) throw new SessionLost();
      if (failures > 0) await this.#deadline.backOff(failures - 1, this.#failure);
      // after a failure the server has to say first how far it has got
      answer = await this.#try(() => (answer?.status === 308 ? this.#next() : this.#ask()));
    }
  }

  /**
   * A success with something else in it (of a proxy, say) tells nothing, and no more than no answer is it a loaded file.
   * @returns the job, whose id is not looked at: an emulator may give one of its own.
   * @throws SessionLost when the session goes on like that: the job is looked up then.
   */
  #jobOf(answer: HttpAnswer): JobInfo | undefined {
    if (answer.status >= 300) return undefined;
    try {
      const rest = readJson<RestJob>(answer);
      if (typeof rest.jobReference?.jobId === 'string') return readJob(rest);
    } catch (error) {
      if (!isKind(error, 'transient')) throw error;
    }
    this.#unclear += 1;
    if (this.#unclear > MOST_UNCLEAR) throw new SessionLost();
    this.#failure = new ServiceError('transient', answer.status, 'notJob', 'the answer is no job');
    return undefined;
  }

  async #next(): Promise<HttpAnswer> {
    const length = Math.min(this.#chunk.length, this.#size - this.#sent);
    if (length <= 0) return this.#ask();
    await this.#fill(length);
    const range = `bytes ${this.#sent}-${this.#sent + length - 1}/${this.#size}`;
    return this.#put(range, this.#chunk.subarray(0, length));
  }

  #ask(): Promise<HttpAnswer> {
    return this.#put(`bytes */${this.#size}`, Buffer.alloc(0));
  }

  #put(range: string, body: Buffer): Promise<HttpAnswer> {
    return this.#http.send({
      method: 'PUT',
      url: this.#url,
      headers: { 'content-range': range, 'content-length': String(body.length) },
      body,
      timeoutMs: this.#deadline.left(CHUNK_TIMEOUT_MS),
    });
  }

  /** @returns undefined when no answer came. */
  async #try(send: () => Promise<HttpAnswer>): Promise<HttpAnswer | undefined> {
    try {
      return await send();
    } catch (error) {
      if (!isKind(error, 'transient')) throw error;
      this.#deadline.left(0);
      this.#failure = error;
      return undefined;
    }
  }

  /** Bytes that the server has, from `Range: bytes=0-41`; no such header: none. */
  #received(answer: HttpAnswer): number {
    const last = /-(\d+)\s*$/.exec(answer.header('range') ?? '')?.[1];
    return last === undefined ? 0 : Number(last) + 1;
  }

  async #fill(length: number): Promise<void> {
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await this.#handle.read(
        this.#chunk,
        filled,
        length - filled,
        this.#sent + filled,
      );
      if (bytesRead === 0) throw new Error('the spool file is shorter than it was');
      filled += bytesRead;
    }
  }
}

/** @throws ServiceError of another kind. */
function transientOf(answer: HttpAnswer): ServiceError {
  const error = errorOf(answer.status, answer.text);
  if (error.kind !== 'transient') throw error;
  return error;
}

/** Times that the whole upload is begun again. */
const MOST_SESSIONS = 8;

/**
 * Uploads a file as the content of a load job, in chunks: a cut upload goes on where the server has got to, and when the
 * server has forgotten it, begins again under the same job id, so that it can only ever come in once
 * ("Resumable uploads", BigQuery's guide to loading local data).
 * @param job the job's resource, with its id.
 * @param find looks the job up.
 * @throws ServiceError `transient` when it is not done in time: the job may be there nevertheless; `duplicate` when
 * a job of that id is there and may not hold this very file.
 */
export async function upload(
  http: Http,
  url: string,
  job: object,
  file: UploadFile,
  find: () => Promise<JobInfo | undefined>,
  patience: UploadPatience,
): Promise<JobInfo> {
  const deadline = new UploadDeadline(patience);
  const handle = await open(file.path, 'r');
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const session = await deadline.retry(() =>
          begin(http, url, job, file, deadline.left(REQUEST_TIMEOUT_MS)),
        );
        return await new UploadSession(http, session, handle, file.size, deadline).send();
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        // its last chunk may have arrived: then the job is there, from this file or from one that came before it
        if (await find()) throw taken();
        if (attempt >= MOST_SESSIONS) throw uploadCut();
        await deadline.backOff(attempt);
      }
    }
  } finally {
    await handle.close();
  }
}

function taken(): ServiceError {
  return new ServiceError('duplicate', 409, 'duplicate', 'the job id is taken');
}

/** @returns the URL of the session. */
async function begin(
  http: Http,
  url: string,
  job: object,
  { size }: UploadFile,
  timeoutMs: number,
): Promise<string> {
  const answer = await http.send({
    method: 'POST',
    url: `${url}?uploadType=resumable`,
    headers: {
      'x-upload-content-type': 'application/octet-stream',
      'x-upload-content-length': String(size),
    },
    body: job,
    timeoutMs,
  });
  const location = answer.header('location');
  if (answer.status >= 300 || location === null) {
    throw answer.status >= 400
      ? errorOf(answer.status, answer.text)
      : new ServiceError('transient', answer.status, 'noSession', 'the answer names no upload session');
  }
  return new URL(location, url).href;
}
