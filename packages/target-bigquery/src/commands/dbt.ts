import { COLUMN, REJECTED_TABLE } from '@tap-webhooks/singer';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { BigQueryClient } from '../api/client.js';
import type { BigQueryService } from '../api/service.js';
import { sqlType } from '../api/sql.js';
import { waitNotices } from '../api/wait-notices.js';
import { planTable } from '../columns/plan.js';
import { type Field, flatColumns } from '../columns/types.js';
import type { Config } from '../config.js';
import { datasetFailed, nothingToDescribe, tableFailed } from '../errors.js';
import { LOADS_TABLE } from '../loads/table.js';
import { newTableRef } from '../table/stream-table.js';
import type { TableRef } from '../table-ref.js';
import { definitionsIn } from './schema-file.js';

/** Matches words that are not text in YAML 1.1, which dbt reads (PyYAML). */
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/** Returns a text as a YAML scalar: plain where that is safe, else in double quotes with JSON's escapes (YAML 1.2.2 §5.7). */
export function yamlText(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !WORDS.test(text)) return text;
  return JSON.stringify(text.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Returns a text as a YAML scalar that dbt does not take for Jinja. */
export function dbtText(text: string): string {
  return yamlText(text.replaceAll(/\{[{%#]/g, (opening) => `{{ '${opening}' }}`));
}

export interface DbtArgs extends CommonArgs {
  /** Dataset whose tables are described; by default the configured one. */
  readonly dataset?: string;
  /** Path of a catalog, or of Singer messages: the tables of its streams, whether they exist or not. */
  readonly input?: string;
  readonly warn_after_hours?: number;
  readonly error_after_hours?: number;
}

/** Tables that no sender feeds, so that the age of their rows says nothing. */
const UNFED: ReadonlySet<string> = new Set([LOADS_TABLE, REJECTED_TABLE]);

/** Prints a `sources.yml` for dbt. */
export async function dbtSourcesCommand(
  args: DbtArgs,
  config: Config,
  { out, log, stop }: Context,
): Promise<void> {
  const sources = args.input === undefined ? [] : await sourcesOfSchemas(args.input, config);
  const dataset = args.dataset ?? (args.input === undefined ? config.dataset : undefined);
  if (dataset !== undefined) {
    const service = await BigQueryClient.open(config, stop, waitNotices(log));
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

/** Returns the tables of a file's streams as they will be created, without asking BigQuery. */
export async function sourcesOfSchemas(path: string, config: Config): Promise<Source[]> {
  const datasets = new Map<string, SourceTable[]>();
  for (const definition of await definitionsIn(path, config)) {
    const { dataset, table: name } = newTableRef(definition, config);
    const { fields } = planTable({ definition, existing: undefined, settings: config });
    const said = definition.schema.description;
    const description = typeof said === 'string' ? said : `Rows of stream ${definition.stream}.`;
    datasets.set(dataset, [...(datasets.get(dataset) ?? []), { name, description, fields, isFed: true }]);
  }
  return [...datasets].map(([dataset, tables]) => ({ project: config.project, dataset, tables }));
}

/** Returns one source per dataset, with each table once. The last of two tables counts: existing ones come after planned ones. */
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

/** Returns the tables and views of a dataset. @throws ToolkitError exit 3. */
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
    if (info === undefined) return []; // dropped in the meantime
    const { description, fields, type } = info;
    return [{ name: ref.table, description, fields, isFed: type === 'TABLE' && !UNFED.has(ref.table) }];
  } catch (cause) {
    throw tableFailed(ref, 'described', cause);
  }
}

/** A table or a view. */
interface SourceTable {
  readonly name: string;
  readonly description: string | undefined;
  readonly fields: readonly Field[];
  /** True when senders feed it, so that the age of its rows says something. */
  readonly isFed: boolean;
}

export interface Source {
  readonly project: string;
  readonly dataset: string;
  readonly tables: readonly SourceTable[];
}

/** Hours without new rows after which dbt warns, and fails. */
interface Freshness {
  readonly warnHours: number;
  readonly failHours: number;
}

/**
 * Returns the text of a `sources.yml` (dbt, "Source properties"). Freshness is a property of the table itself, where every
 * dbt 1.x reads it. The age of a row counts from when it was received.
 */
export function dbtSources(sources: readonly Source[], freshness: Freshness): string {
  const lines = ['version: 2', '', 'sources:'];
  for (const { project, dataset, tables } of sources) {
    lines.push(
      `  - name: ${yamlText(dataset)}`,
      `    database: ${yamlText(project)}`,
      `    schema: ${yamlText(dataset)}`,
      '    loader: "target-bigquery"',
      '    tables:',
      ...tables.flatMap((table) => tableLines(table, freshness)),
    );
  }
  return lines.join('\n');
}

function tableLines({ name, description, fields, isFed }: SourceTable, freshness: Freshness): string[] {
  const loadedAt = isFed ? receivedAt(fields) : undefined;
  const columns = flatColumns(fields).flatMap(({ path, field }) => columnLines(path, field));
  return [
    `      - name: ${yamlText(name)}`,
    ...(description ? [`        description: ${dbtText(description)}`] : []),
    ...(loadedAt === undefined ? [] : freshnessLines(loadedAt, freshness)),
    ...(columns.length > 0 ? ['        columns:', ...columns] : []),
  ];
}

function freshnessLines(loadedAt: string, { warnHours, failHours }: Freshness): string[] {
  return [
    `        loaded_at_field: ${yamlText(loadedAt)}`,
    '        freshness:',
    `          warn_after: {count: ${warnHours}, period: hour}`,
    `          error_after: {count: ${failHours}, period: hour}`,
  ];
}

function columnLines(path: string, field: Field): string[] {
  return [
    `          - name: ${yamlText(path)}`,
    `            data_type: ${yamlText(sqlType(field))}`,
    ...(field.description ? [`            description: ${dbtText(field.description)}`] : []),
  ];
}

function receivedAt(fields: readonly Field[]): string | undefined {
  return fields.find((field) => field.name.toLowerCase() === COLUMN.receivedAt && field.type === 'TIMESTAMP')
    ?.name;
}
