import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { type Config, readConfig } from '../config.js';
import { datasetFailed, nothingToDescribe, tableFailed } from '../errors.js';
import { tableRef } from '../load/table-place.js';
import { planTable } from '../schema/plan.js';
import { BigQueryClient } from '../service/client.js';
import { quotaNotice } from '../service/quota-notice.js';
import type { BigQueryService, TableRef } from '../service/service.js';
import { warnOfUnknown } from '../unknown-settings.js';
import { dbtSources, type Source, type SourceTable } from './dbt-sources.js';
import { LOADS_TABLE } from './loads-table.js';
import { definitionsIn } from './schema-file.js';

export interface DbtArgs extends CommonArgs {
  /** Dataset whose tables are described; the configured one when nothing else is named. */
  readonly dataset?: string;
  /** Path of a catalog, or of Singer messages: the tables of its streams, whether they stand already or not. */
  readonly input?: string;
  readonly warn_after_hours?: number;
  readonly error_after_hours?: number;
}

/** Tables of ours that no sender feeds: their age says nothing. */
const UNFED: ReadonlySet<string> = new Set([LOADS_TABLE, '_sdc_rejected']);

/** Prints a `sources.yml` for dbt. */
export async function dbtSourcesCommand(args: DbtArgs, { out, env, log, stop }: Context): Promise<void> {
  const config = readConfig(args.config, env, warnOfUnknown(log));
  const sources = args.input === undefined ? [] : await sourcesOfSchemas(args.input, config);
  const dataset = args.dataset ?? (args.input === undefined ? config.dataset : undefined);
  if (dataset !== undefined) {
    const service = await BigQueryClient.open(config, stop, quotaNotice(log));
    try {
      sources.push(await sourceOfDataset(service, dataset));
    } finally {
      await service.close();
    }
  }
  if (sources.length === 0) throw nothingToDescribe();
  const { warn_after_hours: warnHours = 24, error_after_hours: failHours = 48 } = args;
  await out.write(dbtSources(mergedSources(sources), { warnHours, failHours }));
}

/** As the tables will be when they are made. Nothing is asked of BigQuery. */
export async function sourcesOfSchemas(path: string, config: Config): Promise<Source[]> {
  const datasets = new Map<string, SourceTable[]>();
  for (const definition of await definitionsIn(path, config)) {
    const { dataset, table: name } = tableRef(definition, config);
    const { fields } = planTable({ definition, existing: undefined, settings: config });
    const said = definition.schema.description;
    const description = typeof said === 'string' ? said : `Rows of stream ${definition.stream}.`;
    datasets.set(dataset, [...(datasets.get(dataset) ?? []), { name, description, fields, isFed: true }]);
  }
  return [...datasets].map(([dataset, tables]) => ({ project: config.project, dataset, tables }));
}

/** One source a dataset, and each table in it once. Of two the last counts: what stands comes behind what schemas will make. */
export function mergedSources(sources: readonly Source[]): Source[] {
  const merged = new Map<string, Source>();
  for (const source of sources) {
    const { dataset, tables } = source;
    const byName = new Map(merged.get(dataset)?.tables.map((table) => [table.name, table]));
    for (const table of tables) byName.set(table.name, table);
    merged.set(dataset, { ...source, tables: [...byName.values()] });
  }
  return [...merged.values()];
}

/** @throws ToolkitError exit 3. */
export async function sourceOfDataset(service: BigQueryService, dataset: string): Promise<Source> {
  try {
    const info = await service.getDataset(dataset);
    const sql =
      `SELECT table_name FROM \`${service.project}.${dataset}\`.INFORMATION_SCHEMA.TABLES ` +
      'ORDER BY table_name';
    const { rows } = await service.query(sql, {}, info === undefined ? {} : { location: info.location });
    const tables: SourceTable[] = [];
    for (const [table] of rows)
      tables.push(...(await sourceTable(service, { dataset, table: table as string })));
    return { project: service.project, dataset, tables };
  } catch (cause) {
    throw datasetFailed(dataset, 'described', cause);
  }
}

async function sourceTable(service: BigQueryService, ref: TableRef): Promise<SourceTable[]> {
  try {
    const info = await service.getTable(ref);
    if (info === undefined) return []; // dropped meanwhile
    const { description, fields, type } = info;
    return [{ name: ref.table, description, fields, isFed: type === 'TABLE' && !UNFED.has(ref.table) }];
  } catch (cause) {
    throw tableFailed(ref, 'described', cause);
  }
}
