import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import type { TableDefinition } from '@tap-webhooks/target-core';
import { BigQueryClient } from '../api/client.js';
import type { BigQueryService } from '../api/service.js';
import { waitNotices } from '../api/wait-notices.js';
import type { Config } from '../config.js';
import { checkFailed, locationMissing, tableNameUnusable, whyFailed } from '../errors.js';
import { newTableRef, tableRefOf } from '../table/stream-table.js';
import { nameOf, type TableRef } from '../table-ref.js';
import { checkReportTables } from './check-companions.js';
import { checkTable } from './check-table.js';
import { type CheckContext, dryRun, Report } from './report.js';
import { definitionsIn } from './schema-file.js';

export interface CheckArgs extends CommonArgs {
  /** `dataset.table`, or the name of a table in the configured dataset. */
  readonly table?: string;
  /** Path of a catalog, or of Singer messages. */
  readonly input?: string;
}

/** A table to check, and the stream that will be loaded into it, if that is known. */
interface Wanted {
  readonly ref: TableRef;
  readonly definition: TableDefinition | undefined;
}

/**
 * Proves that loading would work, without loading a row or changing anything: access, location, quota, and that existing
 * tables fit the schemas. Prints one line per finding.
 * @throws ToolkitError `check_failed`, exit 3, when something would fail.
 */
export async function check(args: CheckArgs, config: Config, { out, log, stop }: Context): Promise<void> {
  const wanted = await wantedTables(args, config);
  const service = await BigQueryClient.open(config, stop, waitNotices(log));
  try {
    const report = new Report(out);
    await checkWarehouse({ service, config, report }, wanted);
    if (report.problems > 0) throw checkFailed(report.problems);
  } finally {
    await service.close();
  }
}

/** Returns the tables that the options name. @throws ToolkitError for options that name no table. */
export async function wantedTables({ table, input }: CheckArgs, config: Config): Promise<Wanted[]> {
  const wanted = new Map<string, Wanted>();
  const definitions = input === undefined ? [] : await definitionsIn(input, config);
  for (const definition of definitions) {
    const ref = newTableRef(definition, config);
    wanted.set(nameOf(ref), { ref, definition });
  }
  if (table !== undefined) {
    const ref = refOf(table, config);
    if (!wanted.has(nameOf(ref))) wanted.set(nameOf(ref), { ref, definition: undefined });
  }
  return [...wanted.values()];
}

function refOf(name: string, { dataset: configured }: Config): TableRef {
  const parts = name.split('.');
  const [dataset, table] = parts.length === 1 ? [configured, name] : parts;
  if (parts.length > 2 || !dataset || !table) throw tableNameUnusable(name);
  return { dataset, table };
}

/** Checks everything, in the order of a first load. */
export async function checkWarehouse(context: CheckContext, named: readonly Wanted[]): Promise<void> {
  const { service, config, report } = context;
  const before = report.problems;
  const project = `jobs can be created in project ${service.project}`;
  await dryRun(service, report, 'SELECT 1', config.location, project, 'bigquery.jobs.create');
  if (report.problems > before) return; // the rest would fail for the same reason
  const wanted = await Promise.all(named.map((each) => existingOf(context, each)));
  const datasets = new Set(wanted.map(({ ref }) => ref.dataset));
  if (config.dataset !== undefined && wanted.length === 0) datasets.add(config.dataset);
  for (const dataset of datasets) {
    const location = await checkDataset(context, dataset);
    for (const { ref, definition } of wanted.filter((each) => each.ref.dataset === dataset)) {
      if (location !== 'unreadable') await checkTable(context, ref, definition, location);
    }
    if (location !== undefined && location !== 'unreadable') await checkReportTables(context, dataset);
  }
  if (datasets.size === 0) await checkLocation(context);
  if (wanted.length === 0)
    await report.note(
      'no table was named: use --input <catalog or Singer messages>, or --table <dataset.table>',
    );
}

/** Looks for a table that an earlier version created under another name. One that cannot be looked up is reported later. */
async function existingOf({ service, config }: CheckContext, { ref, definition }: Wanted): Promise<Wanted> {
  const found = definition && (await tableRefOf(service, definition, config).catch(() => undefined));
  return { ref: found ?? ref, definition };
}

/** Checks that a dataset could be created in the location. Emulators may run a dry run for real, so they are not asked. */
async function checkLocation({ service, config, report }: CheckContext): Promise<void> {
  if (config.api_endpoint !== undefined) return;
  const { location } = config;
  if (location === undefined) {
    await report.note(
      'no dataset will be created, since `location` is not set: only existing ones are loaded into',
    );
    return;
  }
  const sql = `CREATE SCHEMA IF NOT EXISTS \`${service.project}.target_bigquery_check\``;
  await dryRun(
    service,
    report,
    sql,
    location,
    `datasets can be created in ${location}`,
    'bigquery.datasets.create',
  );
}

/** @returns the location of the dataset; undefined when it does not exist. */
async function checkDataset(
  { service, config, report }: CheckContext,
  dataset: string,
): Promise<string | 'unreadable' | undefined> {
  let info: Awaited<ReturnType<BigQueryService['getDataset']>>;
  try {
    info = await service.getDataset(dataset);
  } catch (error) {
    await report.fail(`dataset ${dataset} cannot be read: ${whyFailed(error, 'bigquery.datasets.get')}`);
    return 'unreadable';
  }
  if (info === undefined) {
    if (config.location === undefined) {
      await report.fail(locationMissing(dataset).message);
      return undefined;
    }
    await report.note(`dataset ${dataset} does not exist: the first row creates it, in ${config.location}`);
    const sql = `CREATE SCHEMA \`${service.project}.${dataset}\``;
    if (config.api_endpoint === undefined)
      await dryRun(service, report, sql, config.location, 'it can be created', 'bigquery.datasets.create');
    return undefined;
  }
  await report.ok(`dataset ${dataset} exists, in ${info.location}`);
  if (config.location !== undefined && config.location.toLowerCase() !== info.location.toLowerCase())
    await report.note(
      `the setting location (${config.location}) is for new datasets; this one stays where it is`,
    );
  const days = info.defaultTableExpirationDays ?? info.defaultPartitionExpirationDays;
  if (days !== undefined) await report.note(`tables that are created in it are deleted after ${days} days`);
  return info.location;
}
