import type { Field } from '../columns/types.js';
import type { TableRef } from '../table-ref.js';

export interface Labels {
  readonly [key: string]: string;
}

export interface DatasetInfo {
  readonly dataset: string;
  /** As the service spells it, e.g. `EU` or `europe-west3`. A dataset keeps it for life, and jobs have to run there. */
  readonly location: string;
  readonly labels: Labels;
  /** Days after which new tables, and new partitions, are deleted; undefined when they are kept. */
  readonly defaultTableExpirationDays: number | undefined;
  readonly defaultPartitionExpirationDays: number | undefined;
}

/** What a dataset is created with. */
export interface NewDataset {
  readonly location: string | undefined;
  readonly description?: string;
  readonly labels?: Labels;
}

export interface TimePartitioning {
  readonly type: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';
  /** Undefined: by the time of ingestion. */
  readonly field: string | undefined;
  readonly expirationMs: number | undefined;
}

export interface TableInfo {
  readonly ref: TableRef;
  /** `TABLE`, `VIEW`, `MATERIALIZED_VIEW`, `EXTERNAL`, … */
  readonly type: string;
  readonly fields: readonly Field[];
  /** Epoch ms as decimal text: with the name it tells a table from another one that was created later. */
  readonly creationTime: string;
  /** Epoch ms as decimal text: changes with each load and each change of the schema. */
  readonly lastModifiedTime: string;
  /** For `If-Match`; empty where the service gives none. */
  readonly etag: string;
  readonly timePartitioning: TimePartitioning | undefined;
  /** Range partitioning, which this target never makes. */
  readonly isRangePartitioned: boolean;
  /** Clustering columns in order. */
  readonly clustering: readonly string[];
  /** Rows as decimal text, without those in the streaming buffer. */
  readonly numRows: string;
  readonly labels: Labels;
  readonly description: string | undefined;
  /** Epoch ms as decimal text at which the whole table is deleted; undefined when it is kept. */
  readonly expirationTime: string | undefined;
  /** GoogleSQL of a view. */
  readonly viewQuery: string | undefined;
}

/** What a table or a view is created with. */
export interface NewTable {
  readonly fields?: readonly Field[];
  readonly timePartitioning?: {
    readonly type: TimePartitioning['type'];
    readonly field: string;
    readonly expirationMs?: number;
  };
  readonly clustering?: readonly string[];
  readonly labels?: Labels;
  readonly description?: string;
  /** GoogleSQL: makes a view, and `fields` then only carry descriptions. */
  readonly viewQuery?: string;
}

/** What is changed of a table; what is absent stays. */
export interface TablePatch {
  /** The whole list: a patch without an existing field is refused by the service. */
  readonly fields?: readonly Field[];
  /** Given labels are set, others stay. */
  readonly labels?: Labels;
  readonly description?: string;
  readonly viewQuery?: string;
}

export type ParameterType = 'STRING' | 'INT64' | 'TIMESTAMP' | 'BOOL' | 'FLOAT64' | 'DATE';

/** Values of named query parameters, as text: an INT64 of 19 digits is no JS number. Null is NULL. */
export interface QueryParameters {
  readonly [name: string]:
    | { readonly type: ParameterType; readonly value: string | null }
    | { readonly type: ParameterType; readonly values: readonly string[] };
}

export interface QueryOptions {
  readonly labels?: Labels;
  /** The query fails, unbilled, when it would be billed for more bytes. */
  readonly maxBytes?: number;
  /** Where the tables are; the configured location when absent. */
  readonly location?: string;
  /** Only checks the query, and tells how much it would read. */
  readonly dryRun?: boolean;
}

export interface QueryResult {
  /** Values as the service spells them: text for every type, null for NULL; TIMESTAMPs as epoch seconds (`1.7E9`). */
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
  readonly bytesBilled: number;
  readonly bytesProcessed: number;
}

/** One entry of a job's `status.errors`. */
export interface JobProblem {
  /** `invalid`, `backendError`, `quotaExceeded`, … */
  readonly reason: string;
  readonly message: string;
  readonly location: string | undefined;
}

export interface JobInfo {
  readonly id: string;
  readonly location: string | undefined;
  readonly state: 'PENDING' | 'RUNNING' | 'DONE';
  /** Epoch ms. */
  readonly createdAt: number;
  /** Why the job as a whole failed; undefined while it runs and after a success. */
  readonly failure: JobProblem | undefined;
  /** All problems, those of single rows too; a job that is done well may have some (`maxBadRecords`). */
  readonly problems: readonly JobProblem[];
  /** Rows that a load job added; undefined until it is done. */
  readonly outputRows: number | undefined;
  /** Rows that a load job left out. */
  readonly badRecords: number;
  /** Where a load job loads. */
  readonly table: TableRef | undefined;
}

/** A load job from a local file of newline-delimited JSON. It only ever appends. */
export interface LoadJobSpec {
  /** `[A-Za-z0-9_-]{1,1024}`, unique in the project for about half a year. */
  readonly id: string;
  readonly table: TableRef;
  /** Location of the dataset. */
  readonly location: string;
  /** The table's fields as they are to be after the job; columns that are new come with it (ALLOW_FIELD_ADDITION). */
  readonly fields: readonly Field[];
  /** Rows that may be refused without the job failing. */
  readonly maxBadRecords: number;
  readonly labels: Labels;
}

/** A file to upload. */
export interface UploadFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * What the target needs of BigQuery. Every call has a deadline. Failures that pass are repeated inside, with growing waits
 * (network failures, 408, 429, 5xx, `backendError`, `rateLimitExceeded`, `internalError`). A used-up quota is waited for too,
 * except by uploads, whose callers wait for it.
 * @throws ServiceError with the reason that is left.
 */
export interface BigQueryService {
  readonly project: string;
  /** Of new datasets, and of queries that name none; undefined: the service decides. */
  readonly location: string | undefined;

  getDataset(dataset: string): Promise<DatasetInfo | undefined>;
  /** An existing one is no failure: another process may have created it at the same time. */
  createDataset(dataset: string, spec: NewDataset): Promise<DatasetInfo>;

  getTable(ref: TableRef): Promise<TableInfo | undefined>;
  /** An existing one is no failure: another process may have created it at the same time. `created` tells which it was. */
  createTable(
    ref: TableRef,
    spec: NewTable,
  ): Promise<{ readonly table: TableInfo; readonly created: boolean }>;
  /**
   * @param etag of the table as the caller knows it (`If-Match`); empty: unconditional.
   * @throws ServiceError kind `precondition` (412) when the table has changed since.
   */
  patchTable(ref: TableRef, patch: TablePatch, etag: string): Promise<TableInfo>;

  /**
   * Runs GoogleSQL to its end and reads all pages. DDL and DML too: the job has an id, so a repeated call runs it once. A job
   * that failed for a reason that passes is followed by another one.
   */
  query(sql: string, parameters?: QueryParameters, options?: QueryOptions): Promise<QueryResult>;

  /** @param location of the job: another one makes the service answer 404, so undefined. */
  getJob(id: string, location: string | undefined): Promise<JobInfo | undefined>;
  /**
   * This account's load jobs into a table created since then (epoch ms), the newest first. No more than the newest 20,000 jobs
   * of the project are looked at, of any kind: when more were created since then, the list does not reach back to `since`.
   */
  listLoadJobs(table: TableRef, since: number): Promise<readonly JobInfo[]>;
  /**
   * Uploads the file and creates the job, in one request. One that got no answer is repeated under the same job id.
   * @throws ServiceError kind `duplicate` when a job of that id exists, created by an attempt of this call or by another
   * process; `transient` when the upload takes longer than the configured timeout: the job may exist nevertheless.
   */
  insertLoadJob(spec: LoadJobSpec, file: UploadFile): Promise<JobInfo>;
  /**
   * Polls until the job is DONE, whether it succeeded or not.
   * @throws ServiceError kind `transient` when it is not within `deadlineMs`, nor within 5 s after the run was stopped: what
   * the job does is unknown then; `missing` when there is no such job.
   */
  waitForJob(
    job: { readonly id: string; readonly location: string | undefined },
    deadlineMs: number,
  ): Promise<JobInfo>;
  /** Lets go of connections. */
  close(): Promise<void>;
}
