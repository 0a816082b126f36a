import { open } from 'node:fs/promises';
import { errorOf, type Http, REQUEST_TIMEOUT_MS } from './http.js';
import type { JobInfo, UploadFile } from './service.js';
import { ServiceError } from './service-error.js';
import { UploadDeadline, type UploadPatience, uploadCut } from './upload-deadline.js';
import { SessionLost, UploadSession } from './upload-session.js';

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
