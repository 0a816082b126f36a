import { COLUMN } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { TableInfo } from '../api/service.js';
import { quotedColumn, quotedTable } from '../api/sql.js';
import { planTable, type TablePlan } from '../columns/plan.js';
import { flatColumns } from '../columns/types.js';
import { whyFailed } from '../errors.js';
import { isPacked, makerOf, sequenceUnit, settingsFor } from '../table/stitch.js';
import { nameOf, type TableRef } from '../table-ref.js';
import { isOwnView } from '../view/keeper.js';
import { checkView } from './check-companions.js';
import { type CheckContext, describePlan, dryRun, type Report } from './report.js';

const DAY_MS = 86_400_000;

/**
 * Checks one table.
 * @param definition of the stream; undefined when only the table is known.
 * @param location of its dataset; undefined when the dataset does not exist.
 */
export async function checkTable(
  context: CheckContext,
  ref: TableRef,
  definition: TableDefinition | undefined,
  location: string | undefined,
): Promise<void> {
  const { service, report } = context;
  let info: TableInfo | undefined;
  try {
    info = location === undefined ? undefined : await service.getTable(ref);
  } catch (error) {
    return report.fail(`table ${nameOf(ref)} cannot be read: ${whyFailed(error, 'bigquery.tables.get')}`);
  }
  if (info === undefined || location === undefined) return checkAbsent(context, ref, definition, location);
  if (isOwnView(info) && ref.table.endsWith('_latest')) {
    await report.note(
      `${nameOf(ref)} is a view of this target: it will be dropped for the table of that name`,
    );
    return checkAbsent(context, ref, definition, location);
  }
  if (info.type !== 'TABLE')
    return report.fail(`${nameOf(ref)} is of type ${info.type}: nothing can be loaded`);
  await report.ok(
    `table ${nameOf(ref)} exists: ${info.numRows === '1' ? '1 row' : `${info.numRows} rows`}${layout(info)}`,
  );
  await noteExpiry(report, info);
  await proveWritable(context, info, location);
  await checkPace(context, ref);
  const plan = definition && (await checkFit(context, info, definition));
  if (plan === undefined) await report.detail(columns(info));
  if (definition !== undefined && plan !== undefined) await checkView(context, ref, definition, plan);
  if (makerOf(info) === 'stitch') await noteStitch(context, info, location);
  if (isPacked(info)) await notePacked(context);
  else if (makerOf(info) === 'singer-sdk')
    await report.note('it looks like the table of a target of the Singer SDK');
}

/** Says of a table that the Hub's target-bigquery created by default (`denormalized` false) how to continue it. */
async function notePacked({ config, report }: CheckContext): Promise<void> {
  const what = 'it keeps whole records in the column data, as the target-bigquery of z3z1ma does by default';
  if (config.raw) return report.ok(`${what}, and rows are loaded like that`);
  await report.note(
    `${what}; with this config each field gets a column beside it. Settings to paste to continue as before:`,
  );
  await report.detail([JSON.stringify({ raw: true })]);
}

async function checkAbsent(
  context: CheckContext,
  ref: TableRef,
  definition: TableDefinition | undefined,
  location: string | undefined,
): Promise<void> {
  const { service, config, report } = context;
  await report.note(`table ${nameOf(ref)} does not exist: the first row creates it`);
  if (location !== undefined && config.api_endpoint === undefined) {
    const sql = `CREATE TABLE ${quotedTable(service.project, ref)} (${quotedColumn([COLUMN.sequence])} INT64)`;
    await dryRun(service, report, sql, location, 'a table can be created in it', 'bigquery.tables.create');
  }
  if (definition === undefined) return;
  const plan = planTable({ definition, existing: undefined, settings: config });
  for (const problem of plan.problems) await report.fail(`table ${nameOf(ref)}: ${problem}`);
  await report.detail(describePlan(plan));
  await checkView(context, ref, definition, plan);
}

/** Proves that rows can be added and read. Emulators may run what is only asked for, so the statement adds nothing. */
async function proveWritable(
  { service, report }: CheckContext,
  info: TableInfo,
  location: string,
): Promise<void> {
  const [first] = info.fields;
  if (first === undefined) return;
  const table = quotedTable(service.project, info.ref);
  const column = quotedColumn([first.name]);
  const sql = `INSERT INTO ${table} (${column}) SELECT ${column} FROM ${table} WHERE FALSE`;
  await dryRun(
    service,
    report,
    sql,
    location,
    'rows can be added to it and read',
    'bigquery.tables.updateData',
  );
}

async function checkPace({ service, config, report }: CheckContext, ref: TableRef): Promise<void> {
  try {
    const { length: used } = await service.listLoadJobs(ref, Date.now() - DAY_MS);
    const text = `this account started ${used} of ${config.daily_load_limit} load jobs into it within 24 hours`;
    if (used < config.daily_load_limit) await report.ok(text);
    else await report.fail(`${text}: the next one must wait`);
  } catch (error) {
    await report.fail(`its load jobs cannot be counted: ${whyFailed(error, 'bigquery.jobs.list')}`);
  }
}

async function checkFit(
  { config, report }: CheckContext,
  { ref, fields }: TableInfo,
  definition: TableDefinition,
): Promise<TablePlan> {
  const plan = planTable({ definition, existing: fields, settings: config });
  for (const problem of plan.problems) await report.fail(`table ${nameOf(ref)}: ${problem}`);
  if (plan.problems.length === 0)
    await report.ok(
      `stream ${definition.stream} fits: ${plan.added.length} columns are new, ${plan.widened.length} are widened${descriptions(plan)}`,
    );
  await report.detail(describePlan(plan));
  return plan;
}

/** Says which settings continue a table of Stitch. */
async function noteStitch(
  { service, report }: CheckContext,
  info: TableInfo,
  location: string,
): Promise<void> {
  try {
    const found = await sequenceUnit(service, info, location);
    const sequence = found ? `; its highest _sdc_sequence is ${found.highest}` : '';
    await report.note(`it looks like a table of Stitch${sequence}. Settings to paste:`);
    await report.detail([JSON.stringify(settingsFor(info, found?.unit))]);
  } catch (error) {
    await report.note(
      `it looks like a table of Stitch; the unit of _sdc_sequence is unknown: ${whyFailed(error, 'bigquery.tables.getData')}. Other settings to paste:`,
    );
    await report.detail([JSON.stringify(settingsFor(info, undefined))]);
  }
}

function descriptions({ described }: TablePlan): string {
  return described.length > 0 ? `, ${described.length} get the name of their field into the description` : '';
}

function layout({ timePartitioning: by, isRangePartitioned, clustering }: TableInfo): string {
  const partitions = by
    ? `, partitioned by ${by.type.toLowerCase()} on ${by.field ?? 'time of ingestion'}`
    : isRangePartitioned
      ? ', partitioned by range'
      : '';
  return partitions + (clustering.length > 0 ? `, clustered by ${clustering.join(', ')}` : '');
}

async function noteExpiry(report: Report, { expirationTime, timePartitioning }: TableInfo): Promise<void> {
  if (expirationTime !== undefined)
    await report.note(`the table is deleted on ${new Date(Number(expirationTime)).toISOString()}`);
  if (timePartitioning?.expirationMs !== undefined)
    await report.note(`its partitions are deleted after ${timePartitioning.expirationMs / DAY_MS} days`);
}

function columns({ fields }: TableInfo): string[] {
  return flatColumns(fields).map(({ path, field }) => `${path} ${field.type} ${field.mode}`);
}
