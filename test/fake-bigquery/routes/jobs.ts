import { jsonBody } from '../body.js';
import type { Answer, Call } from '../context.js';
import type { FakeJob } from '../jobs.js';
import { createQueryJob, dryRun, type QuerySpec } from '../query-job.js';
import { invalid } from '../refusal.js';
import type { JobResource } from '../run-load.js';

export async function get({ context: { jobs }, request, params: [id = ''] }: Call): Promise<Answer> {
  const job = jobs.get(id, request.query.get('location'));
  const answer = { status: 200, body: jobs.resource(job) };
  if (job.isOver) job.pollsLeft -= 1;
  return answer;
}

/** Lists this account's jobs, the newest first ("jobs.list"). Only `projection=full` shows the configuration. */
export async function list({ context: { jobs }, request: { query } }: Call): Promise<Answer> {
  const least = Number(query.get('minCreationTime') ?? 0);
  const most = Number(query.get('maxCreationTime') ?? Number.POSITIVE_INFINITY);
  const states = query.getAll('stateFilter').map((state) => state.toUpperCase());
  const page = Math.min(Number(query.get('maxResults') ?? 50), 1000);
  const start = Number(query.get('pageToken') ?? 0);
  if (!Number.isInteger(start) || !Number.isInteger(page) || page < 1)
    throw invalid('Invalid value for pageToken');
  const found = [...jobs.all.values()]
    .filter(({ createdAt }) => Number(createdAt) >= least && Number(createdAt) <= most)
    .reverse()
    .map((job) => listed(jobs.resource(job), job, query.get('projection') === 'full'))
    .filter(({ state }) => states.length === 0 || states.includes(state));
  const next = start + page < found.length ? { nextPageToken: String(start + page) } : {};
  return { status: 200, body: { kind: 'bigquery#jobList', jobs: found.slice(start, start + page), ...next } };
}

function listed(
  resource: object,
  { errorResult }: FakeJob,
  isFull: boolean,
): { readonly state: string; readonly [name: string]: unknown } {
  const { configuration, status, ...rest } = resource as { configuration: object; status: { state: string } };
  const { state } = status;
  const failure = state === 'DONE' && errorResult ? { errorResult } : {};
  return { ...rest, state, ...failure, status, ...(isFull ? { configuration } : {}) };
}

/** Creates a query job. A load job of local content is an upload, so it is refused here. */
export async function insert(call: Call): Promise<Answer> {
  const { context } = call;
  const body = (await jsonBody(call)) as JobResource;
  const configuration = body.configuration ?? {};
  const query = configuration.query as QuerySpec | undefined;
  if (query === undefined) throw invalid('This server knows load jobs of uploads and query jobs.');
  const { jobId, location } = body.jobReference ?? {};
  if (configuration.dryRun === true)
    return { status: 200, body: dryRun(context, query, location, configuration) };
  const job = createQueryJob(context, query, { id: jobId, location }, configuration);
  return { status: 200, body: context.jobs.resource(job) };
}
