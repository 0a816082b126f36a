import { randomUUID } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import type { Config } from '../config.js';
import type { TableRef } from '../table-ref.js';
import { authClient, type CredentialSettings } from './credentials.js';
import { Http, type HttpRequest } from './http.js';
import { runQuery } from './query.js';
import { type RestDataset, type RestJob, type RestTable, readDataset, readJob, readTable } from './rest.js';
import { type Backoff, poll, Retry, type RetryPolicy, withRetry } from './retry.js';
import type {
  BigQueryService,
  DatasetInfo,
  JobInfo,
  LoadJobSpec,
  NewDataset,
  NewTable,
  QueryOptions,
  QueryParameters,
  QueryResult,
  TableInfo,
  TablePatch,
  UploadFile,
} from './service.js';
import { isKind, ServiceError } from './service-error.js';
import { upload } from './upload.js';
import type { WaitNotices } from './wait-notices.js';

export type ClientSettings = CredentialSettings & Pick<Config, 'project' | 'location' | 'timeout'>;

/** How long a small call is repeated: maintenance of the service is over by then. */
const RETRY_MS = 300_000;
const JOB_POLLS: Backoff = { firstMs: 200, longestMs: 5_000, factor: 1.5 };
const PAGE = 1000;
const MOST_PAGES = 20;

/** BigQuery over its REST API v2. */
export class BigQueryClient implements BigQueryService {
  readonly project: string;
  readonly location: string | undefined;
  readonly #http: Http;
  readonly #base: string;
  readonly #upload: string;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;

  private constructor(
    settings: ClientSettings,
    client: BigQuery,
    { stop, ...notices }: Pick<RetryPolicy, 'stop'> & WaitNotices,
  ) {
    const origin = endpoint(settings.api_endpoint ?? client.apiEndpoint);
    this.project = settings.project;
    this.location = settings.location;
    this.#http = new Http(client);
    this.#base = `${origin}/bigquery/v2/projects/${encodeURIComponent(settings.project)}`;
    this.#upload = `${origin}/upload/bigquery/v2/projects/${encodeURIComponent(settings.project)}/jobs`;
    this.#timeoutMs = settings.timeout * 1000;
    this.#retry = { transientMs: RETRY_MS, quotaMs: this.#timeoutMs, stop, ...notices };
  }

  /**
   * @param stop once it is aborted, calls are repeated, and the ends of jobs and queries waited for, for 5 s only.
   * @param notices are told of calls that wait, or are repeated; uploads do not wait for a used-up quota.
   * @throws ToolkitError `credentials_unusable`, exit 1.
   */
  static async open(
    settings: ClientSettings,
    stop?: AbortSignal,
    notices?: WaitNotices,
  ): Promise<BigQueryClient> {
    const { project: projectId } = settings;
    const client = new BigQuery({ projectId, authClient: await authClient(settings) });
    return new BigQueryClient(settings, client, { stop, ...notices });
  }

  async getDataset(dataset: string): Promise<DatasetInfo | undefined> {
    const rest = await this.#find<RestDataset>(`/datasets/${encodeURIComponent(dataset)}`);
    return rest && readDataset(dataset, rest);
  }

  async createDataset(dataset: string, spec: NewDataset): Promise<DatasetInfo> {
    const body = { datasetReference: { projectId: this.project, datasetId: dataset }, ...spec };
    try {
      return readDataset(
        dataset,
        await this.#call<RestDataset>({ method: 'POST', url: `${this.#base}/datasets`, body }),
      );
    } catch (error) {
      const found = isKind(error, 'duplicate') ? await this.getDataset(dataset) : undefined;
      if (found === undefined) throw error;
      return found;
    }
  }

  async getTable(ref: TableRef): Promise<TableInfo | undefined> {
    const rest = await this.#find<RestTable>(path(ref));
    return rest && readTable(ref, rest);
  }

  async createTable(ref: TableRef, spec: NewTable): Promise<{ table: TableInfo; created: boolean }> {
    const body = {
      tableReference: { projectId: this.project, datasetId: ref.dataset, tableId: ref.table },
      ...tableBody(spec),
    };
    const url = `${this.#base}/datasets/${encodeURIComponent(ref.dataset)}/tables`;
    try {
      const rest = await this.#call<RestTable>({ method: 'POST', url, body });
      return { table: readTable(ref, rest), created: true };
    } catch (error) {
      const found = isKind(error, 'duplicate') ? await this.getTable(ref) : undefined;
      if (found === undefined) throw error;
      return { table: found, created: false };
    }
  }

  async patchTable(ref: TableRef, patch: TablePatch, etag: string): Promise<TableInfo> {
    const headers: Record<string, string> = etag === '' ? {} : { 'if-match': etag };
    const url = this.#base + path(ref);
    return readTable(
      ref,
      await this.#call<RestTable>({ method: 'PATCH', url, headers, body: tableBody(patch) }),
    );
  }

  query(sql: string, parameters: QueryParameters = {}, options: QueryOptions = {}): Promise<QueryResult> {
    const client = {
      call: <T>(request: HttpRequest) => this.#call<T>(request),
      once: <T>(request: HttpRequest) => this.#http.json<T>(request),
      retry: (transientMs = RETRY_MS) => new Retry({ ...this.#retry, transientMs }),
      stop: this.#retry.stop,
      base: this.#base,
      project: this.project,
      timeoutMs: this.#timeoutMs,
    };
    const job = {
      newId: () => `sdc_query_${randomUUID()}`,
      location: options.location ?? this.location,
    };
    return runQuery(client, job, sql, parameters, options);
  }

  async getJob(id: string, location: string | undefined): Promise<JobInfo | undefined> {
    const rest = await this.#find<RestJob>(`/jobs/${encodeURIComponent(id)}${inLocation(location)}`);
    return rest && readJob(rest);
  }

  /** Looks at most at the newest 20,000 jobs of the project, of any kind: 20 pages of 1000. */
  async listLoadJobs(table: TableRef, since: number): Promise<readonly JobInfo[]> {
    const found: JobInfo[] = [];
    let token = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = `maxResults=${PAGE}&projection=full&minCreationTime=${since}`;
      const url = `${this.#base}/jobs?${query}${token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`}`;
      const answer = await this.#call<{ jobs?: RestJob[]; nextPageToken?: string }>({ method: 'GET', url });
      const jobs = (answer.jobs ?? []).map(readJob);
      found.push(...jobs.filter((job) => isInto(job, table) && job.createdAt >= since));
      token = answer.nextPageToken ?? '';
      const isPast = jobs.some(({ createdAt }) => createdAt > 0 && createdAt < since); // the newest come first
      if (token === '' || isPast) break;
    }
    return found;
  }

  insertLoadJob(spec: LoadJobSpec, file: UploadFile): Promise<JobInfo> {
    const job = {
      jobReference: { projectId: this.project, jobId: spec.id, location: spec.location },
      configuration: {
        jobType: 'LOAD',
        labels: spec.labels,
        load: {
          destinationTable: {
            projectId: this.project,
            datasetId: spec.table.dataset,
            tableId: spec.table.table,
          },
          sourceFormat: 'NEWLINE_DELIMITED_JSON',
          schema: { fields: spec.fields },
          createDisposition: 'CREATE_NEVER',
          writeDisposition: 'WRITE_APPEND',
          schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'],
          maxBadRecords: spec.maxBadRecords,
        },
      },
    };
    const limits = { deadlineMs: this.#timeoutMs, stop: this.#retry.stop, onOutage: this.#retry.onOutage };
    return upload(this.#http, this.#upload, job, file, limits);
  }

  async waitForJob(job: { id: string; location: string | undefined }, deadlineMs: number): Promise<JobInfo> {
    let done: JobInfo | undefined;
    const isDone = async () => {
      const now = await this.getJob(job.id, job.location);
      if (now === undefined) throw new ServiceError('missing', 404, 'notFound', `there is no job ${job.id}`);
      if (now.state === 'DONE') done = now;
      return done !== undefined;
    };
    await poll(isDone, deadlineMs, this.#retry.stop, JOB_POLLS);
    if (done !== undefined) return done;
    throw new ServiceError('transient', 0, 'timeout', `job ${job.id} was not done within ${deadlineMs} ms`);
  }

  async close(): Promise<void> {}

  #call<T>(request: HttpRequest): Promise<T> {
    return withRetry(() => this.#http.json<T>(request), this.#retry);
  }

  async #find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.#call<T>({ method: 'GET', url: this.#base + path });
    } catch (error) {
      if (isKind(error, 'missing')) return undefined;
      throw error;
    }
  }
}

function endpoint(url: string): string {
  return (/^https?:\/\//.test(url) ? url : `https://${url}`).replace(/\/+$/, '');
}

function path({ dataset, table }: TableRef): string {
  return `/datasets/${encodeURIComponent(dataset)}/tables/${encodeURIComponent(table)}`;
}

function inLocation(location: string | undefined): string {
  return location === undefined || location === '' ? '' : `?location=${encodeURIComponent(location)}`;
}

function isInto({ table }: JobInfo, wanted: TableRef): boolean {
  return table?.dataset === wanted.dataset && table.table === wanted.table;
}

function tableBody({
  fields,
  clustering,
  viewQuery,
  timePartitioning,
  ...rest
}: NewTable & TablePatch): object {
  return {
    ...rest,
    ...(fields && { schema: { fields } }),
    ...(clustering?.length && { clustering: { fields: clustering } }),
    ...(timePartitioning && { timePartitioning: partitioningBody(timePartitioning) }),
    ...(viewQuery !== undefined && { view: { query: viewQuery, useLegacySql: false } }),
  };
}

function partitioningBody({ expirationMs, ...rest }: NonNullable<NewTable['timePartitioning']>): object {
  return { ...rest, ...(expirationMs === undefined ? {} : { expirationMs: String(expirationMs) }) };
}
