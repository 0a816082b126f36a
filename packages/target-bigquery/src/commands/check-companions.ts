import { REJECTED_TABLE, rejectedTable, type TableDefinition } from '@tap-webhooks/target-core';
import type { TableInfo } from '../api/service.js';
import { planTable, type TablePlan } from '../columns/plan.js';
import type { Field } from '../columns/types.js';
import { whyFailed } from '../errors.js';
import { LOADS_FIELDS, LOADS_TABLE } from '../loads/table.js';
import { nameOf, type TableRef } from '../table-ref.js';
import { isOwnView, viewOf } from '../view/keeper.js';
import { latestView } from '../view/latest-view.js';
import type { CheckContext } from './report.js';

/** Checks the view of a table as it will be after the first load. */
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
    if (existing === undefined)
      await report.note(`view ${view} will be created: it shows the latest versions`);
    else if (isOwnView(existing))
      await report.ok(`view ${view} is kept up to date: it shows the latest versions`);
    else await report.note(`${view} is not a view of this target, so it stays as it is`);
  } catch (error) {
    await report.note(
      `view ${view} cannot be created; rows are loaded all the same: ${whyFailed(error, 'bigquery.tables.get')}`,
    );
  }
}

/** Checks the dataset's tables `_sdc_rejected` and `_sdc_loads`. They are created when they are needed. */
export async function checkReportTables(context: CheckContext, dataset: string): Promise<void> {
  await inspect(context, { dataset, table: REJECTED_TABLE }, rejectedProblems);
  if (context.config.load_log) await inspect(context, { dataset, table: LOADS_TABLE }, loadsProblems);
}

interface Findings {
  readonly problems: readonly string[];
  /** Sentences about differences that do not prevent loading. */
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
    if (problems.length + notes.length === 0) await report.ok(`table ${nameOf(ref)} exists and fits`);
  } catch (error) {
    await report.fail(`table ${nameOf(ref)} cannot be read: ${whyFailed(error, 'bigquery.tables.get')}`);
  }
}

function rejectedProblems(
  { config }: CheckContext,
  { dataset }: TableRef,
  { type, fields }: TableInfo,
): Findings {
  if (type !== 'TABLE') return { problems: [`It is of type ${type}: nothing can be loaded.`], notes: [] };
  const definition = rejectedTable(dataset);
  const { problems, added } = planTable({ definition, existing: fields, settings: config });
  const notes = problems.length > 0 || added.length === 0 ? [] : [`It gets the columns ${added.join(', ')}.`];
  return { problems, notes };
}

/** Returns notes only: rows are loaded even if this table does not fit. */
function loadsProblems(_: CheckContext, __: TableRef, { type, fields }: TableInfo): Findings {
  const consequence = 'loads are not reported there, but rows are loaded';
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
  return field.type === type && field.mode === 'NULLABLE';
}
