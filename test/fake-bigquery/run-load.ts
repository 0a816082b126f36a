import { setTimeout as sleep } from 'node:timers/promises';
import type { Content } from './content.js';
import type { Context } from './context.js';
import type { FakeJob, Problem } from './jobs.js';
import { type LoadSpec, loadSchema, problemOf, readContent } from './load-job.js';
import { checkPartitionCount } from './partitions.js';
import { invalid, notFound, Refusal } from './refusal.js';
import { readSchema } from './schema-rules.js';
import type { StoredTable } from './stored-table.js';

/** The members of "Job" in a request that creates a job. */
export interface JobResource {
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
  readonly configuration?: Record<string, unknown>;
}

/** The last load of each table. Loads of one table do not overlap, so that each one sees the schema that the last one left. */
const lastOf = new WeakMap<StoredTable, Promise<void>>();

/** Creates a load job and starts it. @throws Refusal 400, 403 `quotaExceeded`, 404 or 409. */
export function createLoadJob(context: Context, resource: JobResource): FakeJob {
  const { store, jobs, settings } = context;
  const load = loadOf(resource);
  const { datasetId, tableId } = load.destinationTable;
  jobs.checkId(resource.jobReference?.jobId);
  const { location } = store.dataset(datasetId);
  const asked = resource.jobReference?.location;
  if (asked !== undefined && asked.toLowerCase() !== location.toLowerCase())
    throw notFound(`Dataset ${store.project}:${datasetId} was not found in location ${asked}`);
  if (jobs.loadsToday({ datasetId, tableId }) >= settings.loadsPerDay) {
    throw new Refusal(
      403,
      'quotaExceeded',
      'Quota exceeded: Your table exceeded quota for imports or query appends per table.',
    );
  }
  const configuration = { ...resource.configuration, jobType: 'LOAD' };
  return jobs.add(resource.jobReference?.jobId, location, configuration, { datasetId, tableId });
}

export function loadOf({ configuration }: JobResource): LoadSpec {
  const load = configuration?.load as LoadSpec | undefined;
  if (load?.destinationTable?.tableId === undefined)
    throw invalid('Required parameter is missing: configuration.load');
  return load;
}

/** Runs a load job to its end. It never rejects: a failure becomes the job's error. */
export async function runLoad(
  context: Context,
  job: FakeJob,
  load: LoadSpec,
  content: Content,
): Promise<void> {
  const { requests, faults, settings, jobs } = context;
  requests.emit({ type: 'job-created', jobId: job.id });
  const failure = faults.takeJobFailure();
  const earliest = settings.jobMs > 0 ? sleep(settings.jobMs) : undefined;
  try {
    if (failure !== undefined)
      throw new Refusal(503, failure, 'An internal error occurred and the request could not be completed.');
    const table = destination(context, load);
    const last = lastOf.get(table);
    const now = (async () => {
      await last;
      await earliest;
      await land(context, job, table, load, content);
    })();
    lastOf.set(
      table,
      now.catch(() => {}),
    );
    await now;
  } catch (error) {
    await earliest;
    fail(job, problemOf(error));
  }
  jobs.end(job);
  requests.emit({ type: job.errorResult ? 'job-failed' : 'job-committed', jobId: job.id });
}

async function land(
  context: Context,
  job: FakeJob,
  table: StoredTable,
  load: LoadSpec,
  content: Content,
): Promise<void> {
  const { store } = context;
  const loaded = await readContent(content, loadSchema(table, store.project, load).rows, load, (row) =>
    context.faults.refusesRow(row),
  );
  job.statistics = statisticsOf(
    content.size,
    loaded.errorResult ? 0 : loaded.rows.length + loaded.rowsNotKept,
    loaded.badRecords,
  );
  job.errors = loaded.problems;
  job.errorResult = loaded.errorResult;
  if (loaded.errorResult) return;
  if (store.find(table.dataset, table.id) !== table)
    throw notFound(`Table ${store.project}:${table.dataset}.${table.id}`);
  checkPartitionCount(table, loaded.rows);
  table.fields = loadSchema(table, store.project, load).after;
  table.rowsNotKept += loaded.rowsNotKept;
  table.append(loaded.rows);
}

function destination({ store }: Context, load: LoadSpec): StoredTable {
  const { datasetId, tableId } = load.destinationTable;
  const found = store.find(datasetId, tableId);
  if (found !== undefined) return found;
  if (load.createDisposition === 'CREATE_NEVER') return store.table(datasetId, tableId);
  if (!load.schema) throw invalid('No schema specified on job or table.');
  const fields = readSchema(load.schema.fields);
  const made = store.addTable(datasetId, tableId);
  made.fields = fields;
  return made;
}

function fail(job: FakeJob, problem: Problem): void {
  job.errorResult = problem;
  job.errors = [problem];
}

function statisticsOf(bytes: number, rows: number, badRecords: number): object {
  return {
    load: {
      inputFiles: '1',
      inputFileBytes: String(bytes),
      outputRows: String(rows),
      outputBytes: String(bytes),
      badRecords: String(badRecords),
    },
  };
}
