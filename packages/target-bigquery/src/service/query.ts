import type { HttpRequest } from './http.js';
import { type RestJob, type RestRows, readJob, readRows } from './rest.js';
import { kindOfJobFailure } from './retry.js';
import type { QueryOptions, QueryParameters, QueryResult } from './service.js';
import { isKind, ServiceError } from './service-error.js';

export interface QueryPlace {
  /** A call that is tried again. */
  call<T>(request: HttpRequest): Promise<T>;
  /** URL of the project. */
  readonly base: string;
  readonly project: string;
  readonly timeoutMs: number;
}

interface QueryJob {
  readonly id: string;
  readonly location: string | undefined;
}

/** What one call waits for the result before it is asked again. */
const WAIT_MS = 10_000;

/**
 * Runs a query under a job id of its own: sent twice since an answer was lost, it still runs once.
 * @throws ServiceError of the job's reason when the query fails.
 */
export async function runQuery(
  place: QueryPlace,
  job: QueryJob,
  sql: string,
  parameters: QueryParameters,
  options: QueryOptions,
): Promise<QueryResult> {
  const inserted = await insert(place, job, sql, parameters, options);
  if (options.dryRun) return { rows: [], ...bytesOf(inserted) };
  const location = inserted.jobReference?.location ?? job.location;
  const where = location === undefined || location === '' ? '' : `location=${encodeURIComponent(location)}`;
  const rows = await readResult(place, inserted.jobReference?.jobId ?? job.id, where);
  const url = `${place.base}/jobs/${encodeURIComponent(inserted.jobReference?.jobId ?? job.id)}?${where}`;
  const done = await place.call<RestJob>({ method: 'GET', url });
  failIfFailed(done);
  return { rows, ...bytesOf(done) };
}

async function insert(
  place: QueryPlace,
  { id, location }: QueryJob,
  sql: string,
  parameters: QueryParameters,
  options: QueryOptions,
): Promise<RestJob> {
  const reference = { projectId: place.project, jobId: id, ...(location ? { location } : {}) };
  const names = Object.keys(parameters);
  const body = {
    jobReference: reference,
    configuration: {
      jobType: 'QUERY',
      ...(options.labels ? { labels: options.labels } : {}),
      ...(options.dryRun ? { dryRun: true } : {}),
      query: {
        query: sql,
        useLegacySql: false,
        ...(names.length > 0
          ? { parameterMode: 'NAMED', queryParameters: names.map((name) => parameterOf(name, parameters)) }
          : {}),
        ...(options.maxBytes === undefined ? {} : { maximumBytesBilled: String(options.maxBytes) }),
      },
    },
  };
  try {
    const job = await place.call<RestJob>({ method: 'POST', url: `${place.base}/jobs`, body });
    failIfFailed(job);
    return job;
  } catch (error) {
    if (!isKind(error, 'duplicate')) throw error;
    return { jobReference: { jobId: id, ...(location ? { location } : {}) } }; // sent before, the answer was lost
  }
}

function parameterOf(name: string, parameters: QueryParameters): object {
  const parameter = parameters[name];
  if (parameter === undefined) throw new TypeError(`no value of ${name}`);
  if ('values' in parameter) {
    return {
      name,
      parameterType: { type: 'ARRAY', arrayType: { type: parameter.type } },
      parameterValue: { arrayValues: parameter.values.map((value) => ({ value })) },
    };
  }
  return { name, parameterType: { type: parameter.type }, parameterValue: { value: parameter.value } };
}

async function readResult(place: QueryPlace, id: string, where: string): Promise<QueryResult['rows']> {
  const url = `${place.base}/queries/${encodeURIComponent(id)}?timeoutMs=${WAIT_MS}&${where}`;
  const until = Date.now() + place.timeoutMs;
  const rows: Array<Array<string | null>> = [];
  for (let token = ''; ; ) {
    const page = await place.call<RestRows>({
      method: 'GET',
      url: token === '' ? url : `${url}&pageToken=${encodeURIComponent(token)}`,
    });
    if (page.jobComplete === false) {
      if (Date.now() < until) continue;
      throw new ServiceError(
        'transient',
        0,
        'timeout',
        `query ${id} was not done within ${place.timeoutMs} ms`,
      );
    }
    rows.push(...readRows(page));
    if (!page.pageToken) return rows;
    token = page.pageToken;
  }
}

function failIfFailed(rest: RestJob): void {
  const { failure } = readJob(rest);
  if (failure) throw new ServiceError(kindOfJobFailure(failure.reason), 200, failure.reason, failure.message);
}

function bytesOf({ statistics }: RestJob): { bytesBilled: number; bytesProcessed: number } {
  return {
    bytesBilled: Number(statistics?.query?.totalBytesBilled ?? 0),
    bytesProcessed: Number(statistics?.query?.totalBytesProcessed ?? statistics?.totalBytesProcessed ?? 0),
  };
}
