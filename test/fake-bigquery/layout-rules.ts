import { invalid } from './refusal.js';
import { type FakeField, findField } from './schema.js';

/** "Introduction to clustered tables", limitations. */
const MOST_CLUSTERING = 4;
const UNCLUSTERABLE: ReadonlySet<string> = new Set(['JSON', 'FLOAT', 'RECORD', 'BYTES', 'TIME']);
/** "Introduction to partitioned tables", time-unit column partitioning. */
const PARTITIONABLE: ReadonlySet<string> = new Set(['TIMESTAMP', 'DATE', 'DATETIME']);
/** "Requirements for labels". */
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const MOST_LABELS = 64;

export interface Partitioning {
  readonly type: string;
  readonly field?: string;
  readonly expirationMs?: string;
}

/** Checks the partitioning of a table. @throws Refusal 400. */
export function checkPartitioning(partitioning: Partitioning, fields: readonly FakeField[]): void {
  if (!['HOUR', 'DAY', 'MONTH', 'YEAR'].includes(partitioning.type))
    throw invalid(`Invalid value for timePartitioning.type: ${partitioning.type}`);
  if (partitioning.field === undefined) return;
  const field = findField(fields, partitioning.field);
  if (field === undefined)
    throw invalid(
      `The field specified for partitioning cannot be found in the schema: ${partitioning.field}`,
    );
  if (!PARTITIONABLE.has(field.type) || field.mode === 'REPEATED') {
    throw invalid(
      `The field specified for partitioning is not a TIMESTAMP, DATE or DATETIME column: ${field.name} is ${field.type}`,
    );
  }
}

/** Checks the clustering of a table. @throws Refusal 400. */
export function checkClustering(columns: readonly string[], fields: readonly FakeField[]): void {
  if (columns.length === 0 || columns.length > MOST_CLUSTERING)
    throw invalid(`Clustering takes 1 to ${MOST_CLUSTERING} columns, ${columns.length} are given.`);
  if (new Set(columns.map((name) => name.toLowerCase())).size < columns.length)
    throw invalid('A clustering column is given twice.');
  for (const name of columns) {
    const field = findField(fields, name);
    if (field === undefined)
      throw invalid(`The field specified for clustering cannot be found in the schema: ${name}`);
    if (UNCLUSTERABLE.has(field.type) || field.mode === 'REPEATED')
      throw invalid(
        `Clustering is not supported on column ${name} of type ${field.type}, mode ${field.mode}`,
      );
  }
}

/** Checks labels. @throws Refusal 400. */
export function checkLabels(labels: { readonly [key: string]: string | null }): void {
  const entries = Object.entries(labels);
  if (entries.length > MOST_LABELS) throw invalid(`A resource has at most ${MOST_LABELS} labels.`);
  for (const [key, value] of entries) {
    if (!LABEL_KEY.test(key)) throw invalid(`Label key "${key}" is invalid.`);
    if (value !== null && !LABEL_VALUE.test(value)) throw invalid(`Label value "${value}" is invalid.`);
  }
}
