import type { Logger } from '@tap-webhooks/singer';
import { backOff, SLOW } from '../service/retry.js';
import type { BigQueryService, JobInfo, LoadJobSpec, UploadFile } from '../service/service.js';
import { isKind } from '../service/service-error.js';
import type { LoadPace } from './quota.js';

/** What became of a load job that was to be run. */
export type Outcome =
  /** It is done, and it was this run that made it. */
  | { readonly kind: 'done'; readonly job: JobInfo }
  | { readonly kind: 'failed'; readonly job: JobInfo }
  /** A job of that id was there: it is over, and what it did has to be asked of the table. */
  | { readonly kind: 'taken'; readonly job: JobInfo };

export interface JobContext {
  readonly service: BigQueryService;
  readonly pace: LoadPace;
  readonly log: Logger;
  readonly stream: string;
  /** How long one job may take, and how long a used-up quota is waited for. */
  readonly timeoutMs: number;
  /** The run is to end: nothing is waited for that takes long. */
  readonly stop: AbortSignal;
}

/**
 * Runs one load job to its end.
 * @throws ServiceError when it cannot be made, or is not over in time.
 */
export async function runJob(context: JobContext, spec: LoadJobSpec, file: UploadFile): Promise<Outcome> {
  const { service, timeoutMs } = context;
  const earlier = await service.getJob(spec.id, spec.location);
  if (earlier) return { kind: 'taken', job: await over(context, earlier) };
  await context.pace.turn();
  try {
    const made = await insert(context, spec, file);
    const job = await service.waitForJob(made, timeoutMs);
    return { kind: job.failure ? 'failed' : 'done', job };
  } catch (error) {
    if (!isKind(error, 'duplicate')) throw error;
    return { kind: 'taken', job: await service.waitForJob(spec, timeoutMs) };
  }
}

async function over({ service, timeoutMs }: JobContext, job: JobInfo): Promise<JobInfo> {
  return job.state === 'DONE' ? job : service.waitForJob(job, timeoutMs);
}

/** Quotas come back: what they refuse is tried again, ever more slowly. */
async function insert(context: JobContext, spec: LoadJobSpec, file: UploadFile): Promise<JobInfo> {
  const until = Date.now() + context.timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await context.service.insertLoadJob(spec, file);
    } catch (error) {
      if (!isKind(error, 'quota') || Date.now() > until || context.stop.aborted) throw error;
      sayQuota(context);
      await backOff(attempt, SLOW, context.stop);
    }
  }
}

export function sayQuota({ log, stream }: JobContext): void {
  log.warn({ stream }, 'a quota of BigQuery is used up: waiting for it, so rows arrive later');
}
