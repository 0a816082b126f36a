import { type FileHandle, open } from 'node:fs/promises';
import { errorOf, type Http, type HttpAnswer, readJson } from './http.js';
import { type RestJob, readJob } from './rest.js';
import { backOff, withRetry } from './retry.js';
import type { JobInfo, UploadFile } from './service.js';
import { isKind, ServiceError } from './service-error.js';

/** A multiple of 256 KiB, as the protocol demands; the only part of the file that is in memory. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** An answer to a chunk, sent over a slow line. */
const CHUNK_TIMEOUT_MS = 300_000;
const RETRY_MS = 300_000;
/** Times that a piece, or the whole upload, is begun again without any progress. */
const MOST_FAILURES = 8;

/** A session of the resumable protocol is gone: the upload has to begin anew. */
class SessionLost extends Error {}

/**
 * Uploads a file as the content of a load job, in chunks: a cut upload goes on where the server has got to, and when the
 * server has forgotten it, begins again under the same job id, so that it can only ever come in once
 * ("Resumable uploads", BigQuery's guide to loading local data).
 * @param job the job's resource, with its id.
 * @param find looks the job up.
 * @throws ServiceError `duplicate` when a job of that id is there and may not hold this very file.
 */
export async function upload(
  http: Http,
  url: string,
  job: object,
  file: UploadFile,
  find: () => Promise<JobInfo | undefined>,
): Promise<JobInfo> {
  const handle = await open(file.path, 'r');
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const session = await withRetry(() => begin(http, url, job, file), RETRY_MS);
        return await new Session(http, session, handle, file.size).send();
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        // its last chunk may have arrived: then the job is there, from this file or from one that came before it
        if (await find()) throw taken();
        if (attempt >= MOST_FAILURES)
          throw new ServiceError('transient', 0, 'uploadCut', 'the upload was cut again and again');
        await backOff(attempt);
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
async function begin(http: Http, url: string, job: object, { size }: UploadFile): Promise<string> {
  const answer = await http.send({
    method: 'POST',
    url: `${url}?uploadType=resumable`,
    headers: {
      'x-upload-content-type': 'application/octet-stream',
      'x-upload-content-length': String(size),
    },
    body: job,
  });
  const location = answer.header('location');
  if (answer.status >= 300 || location === null) {
    throw answer.status >= 400
      ? errorOf(answer.status, answer.text)
      : new ServiceError('transient', answer.status, 'noSession', 'the answer names no upload session');
  }
  return new URL(location, url).href;
}

/** Memory of the last upload that is over: a new piece each time would pile up until it is collected. */
let spare: Buffer | undefined;

function spareChunk(size: number): Buffer {
  const chunk = spare;
  spare = undefined;
  return chunk && chunk.length >= Math.min(CHUNK_BYTES, size) ? chunk : Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

/** One session: bytes in order, and the answer to the last one is the job. */
class Session {
  readonly #http: Http;
  readonly #url: string;
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #chunk: Buffer;
  #sent = 0;

  constructor(http: Http, url: string, handle: FileHandle, size: number) {
    this.#http = http;
    this.#url = url;
    this.#handle = handle;
    this.#size = size;
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
      if (answer && answer.status < 300) return readJob(readJson<RestJob>(answer));
      const before = this.#sent;
      if (answer?.status === 308) this.#sent = this.#received(answer);
      else if (answer?.status === 404 || answer?.status === 410) throw new SessionLost();
      else if (answer) throwUnlessTransient(answer);
      failures = answer?.status === 308 && this.#sent > before ? 0 : failures + 1;
      if (failures > MOST_FAILURES) throw new SessionLost();
      if (failures > 0) await backOff(failures - 1);
      // after a failure the server has to say first how far it has got
      answer = await this.#try(() => (answer?.status === 308 ? this.#next() : this.#ask()));
    }
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
      timeoutMs: CHUNK_TIMEOUT_MS,
    });
  }

  /** @returns undefined when no answer came. */
  async #try(send: () => Promise<HttpAnswer>): Promise<HttpAnswer | undefined> {
    try {
      return await send();
    } catch (error) {
      if (isKind(error, 'transient')) return undefined;
      throw error;
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

function throwUnlessTransient(answer: HttpAnswer): void {
  const error = errorOf(answer.status, answer.text);
  if (error.kind !== 'transient') throw error;
}
