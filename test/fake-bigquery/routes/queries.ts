import { jsonBody } from '../body.js';
import type { Answer, Call, Context } from '../context.js';
import type { FakeJob } from '../jobs.js';
import { createQueryJob, type QueryOutcome, type QuerySpec } from '../query-job.js';
import { invalid, Refusal } from '../refusal.js';

/** Runs a query ("jobs.query"). The job gets a random id, and `requestId` is ignored. */
export async function run(call: Call): Promise<Answer> {
  const { context } = call;
  const body = (await jsonBody(call)) as unknown as QuerySpec & {
    readonly location?: string;
    readonly labels?: object;
    readonly maxResults?: number;
  };
  const { location, labels, maxResults } = body;
  const configuration = { jobType: 'QUERY', query: body, ...(labels ? { labels } : {}) };
  const job = createQueryJob(context, body, { id: undefined, location }, configuration);
  return { status: 200, body: page(context, job, 0, maxResults) };
}

/** Returns a page of a query's results ("jobs.getQueryResults"). */
export async function results({ context, request: { query }, params: [id = ''] }: Call): Promise<Answer> {
  const job = context.jobs.get(id, query.get('location'));
  const start = Number(query.get('pageToken') ?? query.get('startIndex') ?? 0);
  const size = query.get('maxResults');
  if (!Number.isInteger(start)) throw invalid('Invalid value for pageToken');
  if (job.pollsLeft > 0) {
    job.pollsLeft -= 1;
    return { status: 200, body: { jobReference: reference(context, job), jobComplete: false } };
  }
  return { status: 200, body: page(context, job, start, size === null ? undefined : Number(size)) };
}

function page(context: Context, job: FakeJob, start: number, size = context.settings.pageRows): object {
  if (job.errorResult) throw new Refusal(400, job.errorResult.reason, job.errorResult.message);
  const { schema, rows, bytesProcessed, bytesBilled } = job.result as QueryOutcome;
  const end = start + Math.min(size, context.settings.pageRows);
  job.pollsLeft = 0;
  return {
    kind: 'bigquery#queryResponse',
    schema: { fields: schema },
    jobReference: reference(context, job),
    totalRows: String(rows.length),
    ...(end < rows.length ? { pageToken: String(end) } : {}),
    ...(rows.length > 0 ? { rows: rows.slice(start, end) } : {}),
    totalBytesProcessed: String(bytesProcessed),
    totalBytesBilled: String(bytesBilled),
    jobComplete: true,
    cacheHit: false,
  };
}

function reference({ store }: Context, { id, location }: FakeJob): object {
  return { projectId: store.project, jobId: id, location };
}
