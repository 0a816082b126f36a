import type { FileHandle } from 'node:fs/promises';
import { errorOf, type Http, type HttpAnswer, readJson } from './http.js';
import { type RestJob, readJob } from './rest.js';
import type { JobInfo } from './service.js';
import { isKind, ServiceError } from './service-error.js';
import type { UploadDeadline } from './upload-deadline.js';

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
