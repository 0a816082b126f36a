import type { HttpRequest } from './http.js';
import { type RestJob, type RestRows, readJob, readRows } from './rest.js';
import { failIfStopped, type Retry, STOPPED_WAIT_MS } from './retry.js';
import type { QueryOptions, QueryParameters, QueryResult } from './service.js';
import { isKind, jobError, ServiceError } from './service-error.js';

export interface QueryClient {
  /** A call that is repeated. */
  call<T>(request: HttpRequest): Promise<T>;
  /** The same call, made once. */
  once<T>(request: HttpRequest): Promise<T>;
  /** Waits between attempts. @param transientMs how long attempts go on; by default as long as those of a small call. */
  retry(transientMs?: number): Retry;
  /** The run is to end: from then on the end of a query is waited for 5 s only. */
  readonly stop: AbortSignal | undefined;
  /** URL of the project. */
  readonly base: string;
  readonly project: string;
  readonly timeoutMs: number;
}

/** The job itself failed: the same id always gets this answer. */
class QueryFailed extends Error {
  readonly failure: ServiceError;

  constructor(failure: ServiceError) {
    super(failure.message);
    this.failure = failure;
  }
}

interface QueryJob {
  readonly id: string;
  readonly location: string | undefined;
}

/** How long one call waits for the result before the next one. */
const WAIT_MS = 10_000;

/**
 * Runs a query under a job id of its own: sent twice because an answer was lost, it still runs once. A job that failed for a
 * reason that passes has changed nothing, and another job with another id follows it.
 * @param newId of a job.
 * @throws ServiceError of the job's reason when the query fails.
 */
export async function runQuery(
  client: QueryClient,
  { newId, location }: { readonly newId: () => string; readonly location: string | undefined },
  sql: string,
  parameters: QueryParameters,
  options: QueryOptions,
): Promise<QueryResult> {
  const until = Date.now() + client.timeoutMs;
  const retry = client.retry(client.timeoutMs);
  for (;;) {
    try {
      return await runOnce(client, { id: newId(), location }, sql, parameters, options, until);
    } catch (error) {
      if (!(error instanceof QueryFailed)) throw error;
      await retry.wait(error.failure);
    }
  }
}

async function runOnce(
  client: QueryClient,
  job: QueryJob,
  sql: string,
  parameters: QueryParameters,
  options: QueryOptions,
  until: number,
): Promise<QueryResult> {
  const inserted = await insert(client, job, sql, parameters, options);
  if (options.dryRun) return { rows: [], ...bytesOf(inserted) };
  const { jobId: id = job.id, location = job.location } = inserted.jobReference ?? {};
  const made = { id, location };
  const rows = await readResult(client, made, until);
  const done = await client.call<RestJob>({ method: 'GET', url: jobUrl(client, made) });
  failIfFailed(done);
  return { rows, ...bytesOf(done) };
}

function where(location: string | undefined): string {
  return location === undefined || location === '' ? '' : `location=${encodeURIComponent(location)}`;
}

function jobUrl({ base }: QueryClient, { id, location }: QueryJob): string {
  return `${base}/jobs/${encodeURIComponent(id)}?${where(location)}`;
}

async function insert(
  client: QueryClient,
  { id, location }: QueryJob,
  sql: string,
  parameters: QueryParameters,
  options: QueryOptions,
): Promise<RestJob> {
  const reference = { projectId: client.project, jobId: id, ...(location ? { location } : {}) };
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
  let job: RestJob;
  try {
    job = await client.call<RestJob>({ method: 'POST', url: `${client.base}/jobs`, body });
  } catch (error) {
    if (!isKind(error, 'duplicate')) throw error;
    return { jobReference: { jobId: id, ...(location ? { location } : {}) } }; // sent before, the answer was lost
  }
  failIfFailed(job);
  return job;
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

async function readResult(client: QueryClient, job: QueryJob, until: number): Promise<QueryResult['rows']> {
  const rows: Array<Array<string | null>> = [];
  for (let token = ''; ; ) {
    const page = await readPage(client, job, token);
    if (page.jobComplete === false) {
      failIfStopped(client.stop);
      if (Date.now() < until) continue;
      throw new ServiceError(
        'transient',
        0,
        'timeout',
        `query ${job.id} was not done within ${client.timeoutMs} ms`,
      );
    }
    rows.push(...readRows(page));
    if (!page.pageToken) return rows;
    token = page.pageToken;
  }
}

/** A failed answer may be the failure of the job or of the call: only the job tells which. */
async function readPage(client: QueryClient, job: QueryJob, token: string): Promise<RestRows> {
  const retry = client.retry();
  for (;;) {
    try {
      return await client.once<RestRows>(pageRequest(client, job, token));
    } catch (error) {
      if (!isKind(error, 'transient', 'quota')) throw error;
      if (error.status > 0)
        failIfFailed(await client.call<RestJob>({ method: 'GET', url: jobUrl(client, job) }));
      await retry.wait(error);
    }
  }
}

/** Waits on the server for the result. A stop cuts that short, and the next request waits only a moment. */
function pageRequest({ base, stop }: QueryClient, { id, location }: QueryJob, token: string): HttpRequest {
  const isStopped = stop?.aborted ?? false;
  const query = [`timeoutMs=${isStopped ? STOPPED_WAIT_MS : WAIT_MS}`, where(location)];
  if (token !== '') query.push(`pageToken=${encodeURIComponent(token)}`);
  const url = `${base}/queries/${encodeURIComponent(id)}?${query.join('&')}`;
  return { method: 'GET', url, signal: isStopped ? undefined : stop };
}

/** @throws QueryFailed */
function failIfFailed(rest: RestJob): void {
  const { failure } = readJob(rest);
  if (failure === undefined) return;
  throw new QueryFailed(jobError(failure));
}

function bytesOf({ statistics }: RestJob): { bytesBilled: number; bytesProcessed: number } {
  return {
    bytesBilled: Number(statistics?.query?.totalBytesBilled ?? 0),
    bytesProcessed: Number(statistics?.query?.totalBytesProcessed ?? statistics?.totalBytesProcessed ?? 0),
  };
}
