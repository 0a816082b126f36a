import { type Field, typeNamed } from '../columns/types.js';
import type { TableRef } from '../table-ref.js';
import type { DatasetInfo, JobInfo, JobProblem, Labels, TableInfo, TimePartitioning } from './service.js';

/** A column in the REST API v2. Here and below, only the members that are read; 64-bit integers are JSON strings. */
export interface RestField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly RestField[];
  readonly [attribute: string]: unknown;
}

export interface RestDataset {
  readonly location?: string;
  readonly labels?: Labels;
  readonly defaultTableExpirationMs?: string;
  readonly defaultPartitionExpirationMs?: string;
}

export interface RestTable {
  readonly type?: string;
  readonly schema?: { readonly fields?: readonly RestField[] };
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
  readonly etag?: string;
  readonly timePartitioning?: {
    readonly type?: TimePartitioning['type'];
    readonly field?: string;
    readonly expirationMs?: string;
  };
  readonly rangePartitioning?: object;
  readonly clustering?: { readonly fields?: readonly string[] };
  readonly numRows?: string;
  readonly labels?: Labels;
  readonly description?: string;
  readonly expirationTime?: string;
  readonly view?: { readonly query?: string };
}

export interface RestProblem {
  readonly reason?: string;
  readonly message?: string;
  readonly location?: string;
}

export interface RestJob {
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
  readonly configuration?: {
    readonly load?: { readonly destinationTable?: { readonly datasetId: string; readonly tableId: string } };
  };
  readonly status?: {
    readonly state?: JobInfo['state'];
    readonly errorResult?: RestProblem;
    readonly errors?: readonly RestProblem[];
  };
  readonly statistics?: {
    readonly creationTime?: string;
    readonly totalBytesProcessed?: string;
    readonly load?: { readonly outputRows?: string; readonly badRecords?: string };
    readonly query?: { readonly totalBytesBilled?: string; readonly totalBytesProcessed?: string };
  };
}

export interface RestRows {
  readonly jobComplete?: boolean;
  readonly rows?: ReadonlyArray<{ readonly f?: ReadonlyArray<{ readonly v: unknown }> }>;
  readonly pageToken?: string;
}

/**
 * Returns the fields of a schema. Attributes that this target does not know (precision, policy tags, …) stay on the field,
 * since a changed schema has to be sent whole.
 */
function readFields(fields: readonly RestField[] | undefined): Field[] {
  return (fields ?? []).map((field) => {
    const { fields: nested, mode = 'NULLABLE', type, ...rest } = field;
    return {
      ...rest,
      type: typeNamed(type),
      mode: mode as Field['mode'],
      ...(nested ? { fields: readFields(nested) } : {}),
    };
  });
}

const DAY_MS = 86_400_000;

export function readDataset(dataset: string, rest: RestDataset): DatasetInfo {
  const days = (ms: string | undefined) => (ms === undefined || ms === '0' ? undefined : Number(ms) / DAY_MS);
  return {
    dataset,
    location: rest.location ?? '',
    labels: rest.labels ?? {},
    defaultTableExpirationDays: days(rest.defaultTableExpirationMs),
    defaultPartitionExpirationDays: days(rest.defaultPartitionExpirationMs),
  };
}

export function readTable(ref: TableRef, rest: RestTable): TableInfo {
  const { timePartitioning: partitioning } = rest;
  return {
    ref,
    type: rest.type ?? 'TABLE',
    fields: readFields(rest.schema?.fields),
    creationTime: rest.creationTime ?? '0',
    lastModifiedTime: rest.lastModifiedTime ?? '',
    etag: rest.etag ?? '',
    timePartitioning: partitioning && {
      type: partitioning.type ?? 'DAY',
      field: partitioning.field,
      expirationMs: partitioning.expirationMs === undefined ? undefined : Number(partitioning.expirationMs),
    },
    isRangePartitioned: rest.rangePartitioning !== undefined,
    clustering: rest.clustering?.fields ?? [],
    numRows: rest.numRows ?? '0',
    labels: rest.labels ?? {},
    description: rest.description,
    expirationTime: rest.expirationTime,
    viewQuery: rest.view?.query,
  };
}

export function readJob(rest: RestJob): JobInfo {
  const { status = {}, statistics = {}, jobReference = {} } = rest;
  const table = rest.configuration?.load?.destinationTable;
  const isDone = status.state === 'DONE';
  return {
    id: jobReference.jobId ?? '',
    location: jobReference.location,
    state: status.state ?? 'PENDING',
    createdAt: Number(statistics.creationTime ?? 0),
    failure: isDone && status.errorResult ? readProblem(status.errorResult) : undefined,
    problems: (status.errors ?? []).map(readProblem),
    outputRows:
      isDone && statistics.load?.outputRows !== undefined ? Number(statistics.load.outputRows) : undefined,
    badRecords: Number(statistics.load?.badRecords ?? 0),
    table: table && { dataset: table.datasetId, table: table.tableId },
  };
}

function readProblem({ reason = 'unknown', message = '', location }: RestProblem): JobProblem {
  return { reason, message, location };
}

export function readRows(rest: RestRows): Array<Array<string | null>> {
  return (rest.rows ?? []).map(({ f = [] }) =>
    f.map(({ v }) => (v === null || typeof v === 'string' ? v : JSON.stringify(v))),
  );
}
