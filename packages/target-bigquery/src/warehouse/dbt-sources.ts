import { type Field, typeOf } from '../schema/fields.js';
import { flatColumns, sqlType } from './flat-columns.js';
import { dbtText, yamlText } from './yaml.js';

/** A table, or a view, for dbt. */
export interface SourceTable {
  readonly name: string;
  readonly description: string | undefined;
  readonly fields: readonly Field[];
  /** Rows arrive in it by themselves: their age says something. */
  readonly isFed: boolean;
}

export interface Source {
  readonly project: string;
  readonly dataset: string;
  readonly tables: readonly SourceTable[];
}

/** Hours after which dbt warns, and fails. */
export interface Freshness {
  readonly warnHours: number;
  readonly failHours: number;
}

/**
 * The text of a `sources.yml` (dbt, "Source properties"). Freshness stands directly on the table, where every dbt 1.x takes
 * it; the age of rows is measured by when they were received.
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
  return fields.find(
    (field) => field.name.toLowerCase() === '_sdc_received_at' && typeOf(field) === 'TIMESTAMP',
  )?.name;
}
