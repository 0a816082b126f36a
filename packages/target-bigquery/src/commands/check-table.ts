import type { Output } from '@tap-webhooks/singer';
import { REJECTED_TABLE, type TableDefinition } from '@tap-webhooks/target-core';
import type { BigQueryService, TableInfo, TableRef } from '../api/service.js';
import { describePlan, planTable, type TablePlan } from '../columns/plan.js';
import { type Field, typeOf } from '../columns/types.js';
import type { Config } from '../config.js';
import { nameOf, whyFailed } from '../errors.js';
import { LOADS_FIELDS, LOADS_TABLE } from '../loads/table.js';
import { isKind } from '../service-error.js';
import { isPacked, makerOf, sequenceUnit, settingsFor } from '../table/stitch.js';
import { isOwnView, viewOf } from '../view/keeper.js';
import { latestView } from '../view/latest-view.js';
import { columnName, flatColumns, tableName } from '../view/sql.js';

/** What a check found, line by line as it is found. */
export class Report {
  /** Lines marked FAIL. */
  problems = 0;
  readonly #out: Pick<Output, 'write'>;

  constructor(out: Pick<Output, 'write'>) {
    this.#out = out;
  }

  async ok(text: string): Promise<void> {
    await this.#out.write(`ok    ${text}`);
  }

  /** Nothing is wrong, and somebody should know. */
  async note(text: string): Promise<void> {
    await this.#out.write(`note  ${text}`);
  }

  async fail(text: string): Promise<void> {
    this.problems += 1;
    await this.#out.write(`FAIL  ${text}`);
  }

  /** Belongs to the line before. */
  async detail(lines: readonly string[]): Promise<void> {
    for (const line of lines) await this.#out.write(`        ${line}`);
  }
}

/** The view of a table, as it will be after the first load. */
export async function checkView(
  { service, config, report }: CheckContext,
  ref: TableRef,
  definition: TableDefinition,
  { fields, sources }: TablePlan,
): Promise<void> {
  if (!config.latest_view) return;
  const view = nameOf(viewOf(ref));
  try {
    const text = latestView({ project: service.project, ref, fields, sources }, definition);
    if (text === undefined)
      return await report.note(`no view ${view} yet: its rows have no key, or no column of it is known`);
    const existing = await service.getTable(viewOf(ref));
    if (existing === undefined) await report.note(`view ${view} will be made: it shows the latest versions`);
    else if (isOwnView(existing)) await report.ok(`view ${view} is kept: it shows the latest versions`);
    else await report.note(`${view} is not a view of this target: it stays as it is`);
  } catch (error) {
    await report.note(
      `view ${view} cannot be made, and rows are loaded all the same: ${whyFailed(error, 'bigquery.tables.get')}`,
    );
  }
}

/** Tables that a dataset has beside those of streams. What is absent is made when it is needed. */
export async function checkBeside(context: CheckContext, dataset: string): Promise<void> {
  await inspect(context, { dataset, table: REJECTED_TABLE }, rejectedProblems);
  if (context.config.load_log) await inspect(context, { dataset, table: LOADS_TABLE }, loadsProblems);
}

interface Findings {
  readonly problems: readonly string[];
  /** Sentences about what does not keep rows from being loaded. */
  readonly notes: readonly string[];
}

async function inspect(
  context: CheckContext,
  ref: TableRef,
  find: (context: CheckContext, ref: TableRef, info: TableInfo) => Findings,
): Promise<void> {
  const { service, report } = context;
  try {
    const info = await service.getTable(ref);
    if (info === undefined) return;
    const { problems, notes } = find(context, ref, info);
    for (const problem of problems) await report.fail(`table ${nameOf(ref)}: ${problem}`);
    for (const note of notes) await report.note(`table ${nameOf(ref)}: ${note}`);
    if (problems.length + notes.length === 0) await report.ok(`table ${nameOf(ref)} is there and fits`);
  } catch (error) {
    await report.fail(`table ${nameOf(ref)} cannot be read: ${whyFailed(error, 'bigquery.tables.get')}`);
  }
}

/** As the runtime makes it: rows of it are loaded like any, and a state waits for them. */
const REJECTED_SCHEMA = {
  type: 'object',
  properties: {
    _sdc_rejected_at: { type: 'string', format: 'date-time' },
    table_name: { type: 'string' },
    reason: { type: 'string' },
    record: { type: 'string' },
    _sdc_inbox: { type: ['null', 'string'] },
    _sdc_position: { type: ['null', 'integer'] },
  },
} as const;

function rejectedProblems(
  { config }: CheckContext,
  { dataset, table: tableName }: TableRef,
  { type, fields }: TableInfo,
): Findings {
  if (type !== 'TABLE') return { problems: [`It is of type ${type}: nothing can be loaded.`], notes: [] };
  const definition: TableDefinition = {
    stream: `${dataset}-${tableName}`,
    schemaName: dataset,
    tableName,
    schema: REJECTED_SCHEMA,
    keyProperties: [],
    hasIdentity: true,
  };
  const { problems, added } = planTable({ definition, existing: fields, settings: config });
  const notes = problems.length > 0 || added.length === 0 ? [] : [`It gets the columns ${added.join(', ')}.`];
  return { problems, notes };
}

/** It is a report, so nothing waits for it. */
function loadsProblems(_: CheckContext, __: TableRef, { type, fields }: TableInfo): Findings {
  const consequence = 'loads are not reported there, and rows are loaded all the same';
  if (type !== 'TABLE') return { problems: [], notes: [`It is of type ${type}: ${consequence}.`] };
  const notes = LOADS_FIELDS.flatMap(({ name, type: wanted }) => {
    const found = fields.find((field) => field.name.toLowerCase() === name);
    if (found === undefined || fits(found, wanted)) return [];
    return [`Column \`${found.name}\` is ${found.mode} ${found.type}, not ${wanted}: ${consequence}.`];
  });
  const others = fields.filter(
    ({ name, mode }) => mode === 'REQUIRED' && !LOADS_FIELDS.some((own) => own.name === name.toLowerCase()),
  );
  notes.push(...others.map(({ name }) => `Column \`${name}\` is REQUIRED: ${consequence}.`));
  return { problems: [], notes };
}

function fits(field: Field, type: Field['type']): boolean {
  return typeOf(field) === type && field.mode === 'NULLABLE';
}

export interface CheckContext {
  readonly service: BigQueryService;
  readonly config: Config;
  readonly report: Report;
}

const DAY_MS = 86_400_000;

/**
 * Checks one table.
 * @param definition undefined when nothing is known of what will be loaded.
 * @param location of its dataset; undefined when there is none yet.
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
  if (info === undefined || location === undefined) return absent(context, ref, definition, location);
  if (isOwnView(info) && ref.table.endsWith('_latest')) {
    await report.note(`${nameOf(ref)} is a view of this target: it makes way for the table of that name`);
    return absent(context, ref, definition, location);
  }
  if (info.type !== 'TABLE')
    return report.fail(`${nameOf(ref)} is of type ${info.type}: nothing can be loaded`);
  await report.ok(
    `table ${nameOf(ref)} is there: ${info.numRows === '1' ? '1 row' : `${info.numRows} rows`}${layout(info)}`,
  );
  await expiry(report, info);
  await writable(context, info, location);
  await quota(context, ref);
  const plan = definition && (await planned(context, info, definition));
  if (plan === undefined) await report.detail(columns(info));
  if (definition !== undefined && plan !== undefined) await checkView(context, ref, definition, plan);
  if (makerOf(info) === 'stitch') await stitch(context, info, location);
  if (isPacked(info)) await packed(context);
  else if (makerOf(info) === 'singer-sdk')
    await report.note('it looks like the table of a target of the Singer SDK');
}

/** As the Hub's target-bigquery makes it by default (`denormalized` false). */
async function packed({ config, report }: CheckContext): Promise<void> {
  const what = 'it keeps whole records in the column data, as the target-bigquery of z3z1ma does by default';
  if (config.raw) return report.ok(`${what}: so they are loaded`);
  await report.note(
    `${what}; as configured, each field gets a column beside it. Settings to paste to go on as before:`,
  );
  await report.detail([JSON.stringify({ raw: true })]);
}

async function absent(
  context: CheckContext,
  ref: TableRef,
  definition: TableDefinition | undefined,
  location: string | undefined,
): Promise<void> {
  const { service, config, report } = context;
  await report.note(`table ${nameOf(ref)} is not there: it is made with the first row`);
  if (location !== undefined && config.api_endpoint === undefined) {
    const sql = `CREATE TABLE ${tableName(service.project, ref)} (\`_sdc_sequence\` INT64)`;
    await dryRun(service, report, sql, location, 'a table can be made in it', 'bigquery.tables.create');
  }
  if (definition === undefined) return;
  const plan = planTable({ definition, existing: undefined, settings: config });
  for (const problem of plan.problems) await report.fail(`table ${nameOf(ref)}: ${problem}`);
  await report.detail(describePlan(plan));
  await checkView(context, ref, definition, plan);
}

/** Only asks whether it would be allowed: a dry run does nothing. Emulators may run it, so it must do nothing there too. */
async function writable({ service, report }: CheckContext, info: TableInfo, location: string): Promise<void> {
  const [first] = info.fields;
  if (first === undefined) return;
  const table = tableName(service.project, info.ref);
  const column = columnName([first.name]);
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

export async function dryRun(
  service: BigQueryService,
  report: Report,
  sql: string,
  location: string | undefined,
  proves: string,
  needed: string,
): Promise<void> {
  try {
    await service.query(sql, {}, { dryRun: true, ...(location === undefined ? {} : { location }) });
    await report.ok(`${proves} (by a dry run)`);
  } catch (error) {
    // The sandbox refuses any DML; an emulator may not know the statement.
    const isOther =
      isKind(error, 'invalid') || (isKind(error, 'denied') && error.reason === 'billingNotEnabled');
    if (isOther) await report.note(`whether ${proves} could not be asked: ${error.reason}`);
    else await report.fail(`no proof that ${proves}: ${whyFailed(error, needed)}`);
  }
}

async function quota({ service, config, report }: CheckContext, ref: TableRef): Promise<void> {
  try {
    const { length: used } = await service.listLoadJobs(ref, Date.now() - DAY_MS);
    const text = `${used} of ${config.daily_load_limit} load jobs were made into it within 24 hours by this account`;
    if (used < config.daily_load_limit) await report.ok(text);
    else await report.fail(`${text}: the next one has to wait`);
  } catch (error) {
    await report.fail(`its load jobs cannot be counted: ${whyFailed(error, 'bigquery.jobs.list')}`);
  }
}

async function planned(
  { config, report }: CheckContext,
  { ref, fields }: TableInfo,
  definition: TableDefinition,
): Promise<TablePlan> {
  const plan = planTable({ definition, existing: fields, settings: config });
  for (const problem of plan.problems) await report.fail(`table ${nameOf(ref)}: ${problem}`);
  if (plan.problems.length === 0)
    await report.ok(
      `stream ${definition.stream} fits: ${plan.added.length} columns are new, ${plan.widened.length} are widened${marks(plan)}`,
    );
  await report.detail(describePlan(plan));
  return plan;
}

async function stitch({ service, report }: CheckContext, info: TableInfo, location: string): Promise<void> {
  try {
    const found = await sequenceUnit(service, info, location);
    const sequence = found ? `; its highest _sdc_sequence is ${found.highest}` : '';
    await report.note(`it looks like a table of Stitch${sequence}. Settings to paste:`);
    await report.detail([JSON.stringify(settingsFor(info, found?.unit))]);
  } catch (error) {
    await report.note(
      `it looks like a table of Stitch; the unit of _sdc_sequence could not be asked for: ${whyFailed(error, 'bigquery.tables.getData')}. Other settings to paste:`,
    );
    await report.detail([JSON.stringify(settingsFor(info, undefined))]);
  }
}

function marks({ marked }: TablePlan): string {
  return marked.length > 0 ? `, ${marked.length} get the name of their field into the description` : '';
}

function layout({ timePartitioning: by, isRangePartitioned, clustering }: TableInfo): string {
  const partitions = by
    ? `, partitioned by ${by.type.toLowerCase()} on ${by.field ?? 'time of ingestion'}`
    : isRangePartitioned
      ? ', partitioned by range'
      : '';
  return partitions + (clustering.length > 0 ? `, clustered by ${clustering.join(', ')}` : '');
}

async function expiry(report: Report, { expirationTime, timePartitioning }: TableInfo): Promise<void> {
  if (expirationTime !== undefined)
    await report.note(`the table is deleted on ${new Date(Number(expirationTime)).toISOString()}`);
  if (timePartitioning?.expirationMs !== undefined)
    await report.note(`its partitions are deleted after ${timePartitioning.expirationMs / DAY_MS} days`);
}

function columns({ fields }: TableInfo): string[] {
  return flatColumns(fields).map(({ path, field }) => `${path} ${field.type} ${field.mode}`);
}
