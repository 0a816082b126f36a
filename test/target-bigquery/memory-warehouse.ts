import { readFileSync } from 'node:fs';
import type {
  BigQueryService,
  DatasetInfo,
  JobInfo,
  LoadJobSpec,
  NewDataset,
  NewTable,
  QueryOptions,
  QueryResult,
  TableInfo,
  TablePatch,
  UploadFile,
} from '../../packages/target-bigquery/dist/api/service.js';
import { ServiceError } from '../../packages/target-bigquery/dist/api/service-error.js';
import type { Field } from '../../packages/target-bigquery/dist/columns/types.js';
import type { TableRef } from '../../packages/target-bigquery/dist/table-ref.js';

/** A BigQuery in memory, as far as what stands beside the tables needs one; answers and refusals can be set. */
export class MemoryWarehouse implements BigQueryService {
  readonly project = 'test';
  location: string | undefined = 'EU';
  readonly tables = new Map<string, TableInfo>();
  readonly datasets = new Map<string, DatasetInfo>();
  /** Lines of each load job, with what it was asked for. */
  readonly loads: Array<{ spec: LoadJobSpec; lines: unknown[] }> = [];
  readonly queries: Array<{ sql: string; options: QueryOptions }> = [];
  /** Names of calls that were made, those that only read left out. */
  readonly writes: string[] = [];
  /** Thrown by calls of that name instead of an answer. */
  readonly refusals = new Map<string, ServiceError>();
  jobs: JobInfo[] = [];
  answer: (sql: string) => QueryResult['rows'] = () => [];
  #etag = 0;

  addDataset(dataset: string, more: Partial<DatasetInfo> = {}): void {
    const days = { defaultTableExpirationDays: undefined, defaultPartitionExpirationDays: undefined };
    this.datasets.set(dataset, { dataset, location: 'EU', labels: {}, ...days, ...more });
  }

  addTable(ref: TableRef, more: Partial<TableInfo> = {}): TableInfo {
    const table: TableInfo = {
      ref,
      type: 'TABLE',
      fields: [],
      creationTime: '1700000000000',
      lastModifiedTime: '1700000000000',
      etag: `etag${++this.#etag}`,
      timePartitioning: undefined,
      isRangePartitioned: false,
      clustering: [],
      numRows: '0',
      labels: {},
      description: undefined,
      expirationTime: undefined,
      viewQuery: undefined,
      ...more,
    };
    this.tables.set(keyOf(ref), table);
    return table;
  }

  async getDataset(dataset: string) {
    this.#refuse('getDataset');
    return this.datasets.get(dataset);
  }

  async createDataset(dataset: string, { labels = {} }: NewDataset) {
    this.addDataset(dataset, { labels });
    return this.datasets.get(dataset) as DatasetInfo;
  }

  async getTable(ref: TableRef) {
    this.#refuse('getTable');
    this.#refuse(`getTable ${ref.table}`);
    return this.tables.get(keyOf(ref));
  }

  async createTable(ref: TableRef, { fields = [], viewQuery, labels = {}, description }: NewTable) {
    this.#refuse('createTable');
    this.writes.push(`createTable ${ref.table}`);
    const isView = viewQuery !== undefined;
    const columns = isView ? columnsOf(viewQuery) : fields;
    const type = isView ? 'VIEW' : 'TABLE';
    return {
      table: this.addTable(ref, { type, fields: columns, viewQuery, labels, description }),
      created: true,
    };
  }

  async patchTable(ref: TableRef, patch: TablePatch, etag: string) {
    this.#refuse('patchTable');
    this.writes.push(`patchTable ${ref.table} ${Object.keys(patch).join()}`);
    const table = this.tables.get(keyOf(ref));
    if (table === undefined) throw new ServiceError('missing', 404, 'notFound', 'no such table');
    if (table.etag !== etag) throw new ServiceError('precondition', 412, 'conditionNotMet', 'it has changed');
    const { viewQuery = table.viewQuery } = patch;
    const fields =
      patch.fields ?? (patch.viewQuery === undefined ? table.fields : columnsOf(patch.viewQuery));
    return this.addTable(ref, { ...table, fields, viewQuery, etag: `etag${++this.#etag}` });
  }

  async query(sql: string, _: unknown, options: QueryOptions = {}): Promise<QueryResult> {
    this.queries.push({ sql, options });
    this.#refuse(sql.split(' ', 1)[0] as string);
    return { rows: options.dryRun ? [] : this.answer(sql), bytesBilled: 0, bytesProcessed: 0 };
  }

  async getJob() {
    return undefined;
  }

  async listLoadJobs() {
    return this.jobs;
  }

  async insertLoadJob(spec: LoadJobSpec, { path }: UploadFile): Promise<JobInfo> {
    this.#refuse('insertLoadJob');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    this.loads.push({ spec, lines: lines.map((line) => JSON.parse(line)) });
    return jobOf(spec.id);
  }

  async waitForJob({ id }: { id: string }) {
    return jobOf(id);
  }

  async close() {}

  #refuse(call: string): void {
    const refusal = this.refusals.get(call);
    if (refusal) throw refusal;
  }
}

export function jobOf(id: string): JobInfo {
  return {
    id,
    location: 'EU',
    state: 'DONE',
    createdAt: 0,
    failure: undefined,
    problems: [],
    outputRows: undefined,
    badRecords: 0,
    table: undefined,
  };
}

function keyOf({ dataset, table }: TableRef): string {
  return `${dataset}.${table}`;
}

/** Names of the select list, as a view's columns have them. */
function columnsOf(query: string): Field[] {
  const list = query.slice('SELECT\n'.length, query.indexOf('\nFROM')).split(',\n');
  return list.map((item) => ({
    name: /`([^`]+)`$/.exec(item)?.[1] ?? '',
    type: 'STRING',
    mode: 'NULLABLE',
  }));
}
