import { randomUUID } from 'node:crypto';
import type { Context } from './context.js';
import type { FakeJob } from './jobs.js';
import { invalidQuery, Refusal } from './refusal.js';
import { findField } from './schema.js';
import { alterType } from './sql/alter-type.js';
import { Parameters } from './sql/parameters.js';
import { type Resolved, resolve } from './sql/resolve.js';
import { runSelect, type SelectResult } from './sql/select.js';
import type { Statement } from './sql/syntax.js';

/** "Pricing", on-demand: each query that reads is billed for at least 10 MB, by the whole MB. */
const LEAST_BILLED = 10 * 1024 * 1024;
const MB = 1024 * 1024;

/** The members of "JobConfigurationQuery" that this server knows. */
export interface QuerySpec {
  readonly query: string;
  readonly useLegacySql?: boolean;
  readonly parameterMode?: string;
  readonly queryParameters?: ConstructorParameters<typeof Parameters>[1];
  readonly maximumBytesBilled?: string;
}

export interface QueryOutcome extends SelectResult {
  readonly bytesBilled: number;
}

/** Creates a query job and runs it. @throws Refusal 400, 404 or 409. */
export function createQueryJob(
  context: Context,
  spec: QuerySpec,
  { id, location }: { readonly id: string | undefined; readonly location: string | undefined },
  configuration: Record<string, unknown>,
): FakeJob {
  const { jobs } = context;
  jobs.checkId(id);
  const resolved = resolve(context, spec, location);
  const job = jobs.add(id, resolved.location, { ...configuration, jobType: 'QUERY' }, undefined);
  try {
    const outcome = runWithin(spec, resolved);
    job.result = outcome;
    job.statistics = statisticsOf(outcome, resolved.statement);
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason !== 'bytesBilledLimitExceeded') {
      jobs.all.delete(job.id);
      throw error;
    }
    job.errorResult = { reason: error.reason, message: error.message };
    job.errors = [job.errorResult];
  }
  jobs.end(job);
  return job;
}

/** Returns what a query would read. The query is checked but not run, and creates no job ("Dry run queries"). */
export function dryRun(
  context: Context,
  spec: QuerySpec,
  location: string | undefined,
  configuration: Record<string, unknown>,
): object {
  const resolved = resolve(context, spec, location);
  const outcome = run(spec, resolved, true);
  return {
    kind: 'bigquery#job',
    jobReference: { projectId: context.store.project, jobId: `job_${randomUUID()}`, location },
    configuration,
    status: { state: 'DONE' },
    statistics: statisticsOf({ ...outcome, bytesBilled: 0 }, resolved.statement),
  };
}

/** Runs a query within its limit of bytes. @throws Refusal `bytesBilledLimitExceeded`, before anything is billed. */
function runWithin(spec: QuerySpec, resolved: Resolved): QueryOutcome {
  const result = run(spec, resolved, false);
  const billed = Math.ceil(result.bytesProcessed / MB) * MB;
  const bytesBilled = result.bytesProcessed === 0 ? 0 : Math.max(LEAST_BILLED, billed);
  const most = spec.maximumBytesBilled === undefined ? undefined : Number(spec.maximumBytesBilled);
  if (most !== undefined && bytesBilled > most) {
    throw new Refusal(
      400,
      'bytesBilledLimitExceeded',
      `Query exceeded limit for bytes billed: ${most}. ${bytesBilled} or higher required.`,
    );
  }
  return { ...result, bytesBilled };
}

function run(spec: QuerySpec, { statement, table }: Resolved, isDryRun: boolean): SelectResult {
  if (statement.kind === 'constant' || table === undefined) return constant(statement);
  const parameters = new Parameters(spec.parameterMode, spec.queryParameters);
  if (statement.kind === 'select') return runSelect(statement, table, parameters);
  if (statement.kind === 'alter') alterType(table, statement.column, statement.type, isDryRun);
  else {
    for (const column of statement.columns)
      if (!findField(table.fields, column))
        throw invalidQuery(`Column ${column} is not present in table ${table.id}`);
    runSelect(statement.select, table, parameters);
  }
  return { schema: [], rows: [], bytesProcessed: 0 };
}

function constant(statement: Statement): SelectResult {
  const value = statement.kind === 'constant' ? statement.value : null;
  const field = { name: 'f0_', type: 'INTEGER', mode: 'NULLABLE' } as const;
  return { schema: [field], rows: [{ f: [{ v: value }] }], bytesProcessed: 0 };
}

function statisticsOf({ bytesProcessed, bytesBilled }: QueryOutcome, { kind }: Statement): object {
  const totalBytesProcessed = String(bytesProcessed);
  const statementType = { select: 'SELECT', constant: 'SELECT', alter: 'ALTER_TABLE', insert: 'INSERT' }[
    kind
  ];
  return {
    totalBytesProcessed,
    query: { statementType, totalBytesProcessed, totalBytesBilled: String(bytesBilled), cacheHit: false },
  };
}
