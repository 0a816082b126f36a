import { randomUUID } from 'node:crypto';
import { alreadyExists, invalid, notFound } from './refusal.js';
import type { Store } from './store.js';

/** Form of a job id ("JobReference", jobId). */
const JOB_ID = /^[A-Za-z0-9_-]{1,1024}$/;
/** Locations whose jobs are found without naming the location ("jobs.get", location). */
const MULTI_REGIONS: ReadonlySet<string> = new Set(['US', 'EU']);

export interface Problem {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

export interface Target {
  readonly datasetId: string;
  readonly tableId: string;
}

export interface FakeJob {
  readonly id: string;
  readonly location: string;
  readonly configuration: Record<string, unknown>;
  readonly createdAt: string;
  endedAt: string | undefined;
  /** How many polls still say RUNNING after the work is over. */
  pollsLeft: number;
  isOver: boolean;
  errorResult: Problem | undefined;
  errors: readonly Problem[];
  statistics: object;
  /** Result of a query that is over. */
  result: unknown;
  /** Table of a load job. */
  readonly table: Target | undefined;
}

/** Jobs of the project. Once any job has used an id, the id is taken for good ("Running jobs programmatically", job ids). */
export class Jobs {
  readonly all = new Map<string, FakeJob>();
  readonly #store: Store;
  readonly #runningPolls: number;

  constructor(store: Store, runningPolls: number) {
    this.#store = store;
    this.#runningPolls = runningPolls;
  }

  /** Checks that a new job may have the id. @throws Refusal 400 or 409. */
  checkId(id: string | undefined): void {
    if (id === undefined) return;
    if (!JOB_ID.test(id)) throw invalid(`Invalid job ID "${id.slice(0, 100)}".`);
    if (this.all.has(id)) throw alreadyExists(`Job ${this.#store.project}:${id}`);
  }

  /** Adds a job. @throws Refusal 400 or 409. */
  add(
    id: string | undefined,
    location: string,
    configuration: Record<string, unknown>,
    table: Target | undefined,
  ): FakeJob {
    this.checkId(id);
    const job: FakeJob = {
      id: id ?? `job_${randomUUID()}`,
      location,
      configuration,
      createdAt: this.#store.nextTime(),
      endedAt: undefined,
      pollsLeft: this.#runningPolls,
      isOver: false,
      errorResult: undefined,
      errors: [],
      statistics: {},
      result: undefined,
      table,
    };
    this.all.set(job.id, job);
    return job;
  }

  end(job: FakeJob): void {
    job.isOver = true;
    job.endedAt = this.#store.nextTime();
  }

  /** Returns a job. @throws Refusal 404, also when the location is wrong, or is needed and missing ("jobs.get", location). */
  get(id: string, location: string | null): FakeJob {
    const job = this.all.get(id);
    const isThere = location
      ? job?.location.toLowerCase() === location.toLowerCase()
      : job !== undefined && MULTI_REGIONS.has(job.location.toUpperCase());
    if (!job || !isThere) throw notFound(`Job ${this.#store.project}:${location ? `${location}.` : ''}${id}`);
    return job;
  }

  /** Counts the load jobs of a table within 24 hours, failed ones included ("Quotas and limits", load jobs). */
  loadsToday({ datasetId, tableId }: Target): number {
    const since = Date.now() - 86_400_000;
    return [...this.all.values()].filter(
      ({ table, createdAt }) =>
        table?.datasetId === datasetId && table.tableId === tableId && Number(createdAt) >= since,
    ).length;
  }

  /** Returns the job in the form of an answer ("Job"). */
  resource(job: FakeJob): object {
    const { project } = this.#store;
    const isDone = job.isOver && job.pollsLeft <= 0;
    return {
      kind: 'bigquery#job',
      id: `${project}:${job.location}.${job.id}`,
      jobReference: { projectId: project, jobId: job.id, location: job.location },
      configuration: job.configuration,
      status: isDone ? statusOf(job) : { state: 'RUNNING' },
      statistics: {
        creationTime: job.createdAt,
        startTime: job.createdAt,
        ...(isDone ? { endTime: job.endedAt, ...job.statistics } : {}),
      },
    };
  }
}

function statusOf({ errorResult, errors }: FakeJob): object {
  return { state: 'DONE', ...(errorResult ? { errorResult } : {}), ...(errors.length > 0 ? { errors } : {}) };
}
