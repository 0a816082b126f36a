import { jsonBody } from '../body.js';
import type { Answer, Call, Context } from '../context.js';
import { checkClustering, checkLabels, checkPartitioning, type Partitioning } from '../layout-rules.js';
import { alreadyExists, invalid, Refusal } from '../refusal.js';
import type { FakeField } from '../schema.js';
import { patchSchema, readSchema } from '../schema-rules.js';
import type { Store, StoredDataset } from '../store.js';
import type { StoredTable } from '../stored-table.js';
import { allowUpdate } from '../update-rate.js';
import { viewColumns } from '../view-columns.js';

/** Form of a table's name, as far as this target uses it ("Naming tables"). */
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,1024}$/u;

interface Body {
  readonly tableReference?: { readonly tableId?: string };
  readonly schema?: { readonly fields?: unknown };
  readonly timePartitioning?: Partitioning | null;
  readonly clustering?: { readonly fields?: readonly string[] } | null;
  readonly labels?: { readonly [key: string]: string | null };
  readonly description?: string | null;
  readonly expirationTime?: string | null;
  readonly view?: { readonly query: string; readonly useLegacySql?: boolean };
}

export async function list({ context: { store }, params: [id = ''] }: Call): Promise<Answer> {
  const tables = [...store.dataset(id).tables.values()].map((table) => tableResource(store.project, table));
  return { status: 200, body: { kind: 'bigquery#tableList', tables, totalItems: tables.length } };
}

export async function get({ context, params: [dataset = '', id = ''] }: Call): Promise<Answer> {
  const old = context.oldTables.get(`${dataset}.${id}`);
  if (old !== undefined && old.reads > 0) {
    old.reads -= 1;
    return { status: 200, body: old.body };
  }
  return { status: 200, body: tableResource(context.store.project, context.store.table(dataset, id)) };
}

export async function insert(call: Call): Promise<Answer> {
  const { store } = call.context;
  const dataset = store.dataset(call.params[0] ?? '');
  const body = (await jsonBody(call)) as Body;
  const id = body.tableReference?.tableId ?? '';
  if (!NAME.test(id)) throw invalid(`Invalid table ID "${id}".`);
  if (dataset.tables.has(id)) throw alreadyExists(`Table ${store.project}:${dataset.id}.${id}`);
  const columns = body.view ? viewFields(store, body.view) : [];
  const fields = body.schema?.fields === undefined ? columns : readSchema(body.schema.fields);
  if (body.view && (body.timePartitioning || body.clustering)) throw invalid('A view has no partitions.');
  if (body.timePartitioning) checkPartitioning(body.timePartitioning, fields);
  if (body.clustering) checkClustering(body.clustering.fields ?? [], fields);
  checkLabels(body.labels ?? {});
  const table = store.addTable(dataset.id, id);
  table.fields = fields;
  table.timePartitioning = body.timePartitioning ?? undefined;
  table.expirationTime = expirationOf(dataset, table);
  change(table, body);
  return { status: 200, body: tableResource(store.project, table) };
}

/** Returns when a table expires, for tables that name no time of their own ("Datasets", defaultTableExpirationMs). */
function expirationOf(
  { defaultTableExpirationMs }: StoredDataset,
  { creationTime }: StoredTable,
): string | undefined {
  const ms = Number(defaultTableExpirationMs ?? 0);
  return ms > 0 ? String(Number(creationTime) + ms) : undefined;
}

/** Changes a table ("tables.patch"). Absent members stay, and null removes one. */
export async function patch(call: Call): Promise<Answer> {
  const { context, message } = call;
  const body = (await jsonBody(call)) as Body;
  const table = context.store.table(call.params[0] ?? '', call.params[1] ?? '');
  const etag = message.headers['if-match'];
  if (etag !== undefined && etag !== '*' && etag !== table.etag)
    throw new Refusal(412, 'conditionNotMet', 'Precondition check failed.');
  allowUpdate(context, table);
  const fields = patchedFields(context, table, body);
  checkLayout(table, body, fields);
  checkLabels(body.labels ?? {});
  table.fields = fields;
  change(table, body);
  table.touch();
  return { status: 200, body: tableResource(context.store.project, table) };
}

function patchedFields({ store }: Context, table: StoredTable, body: Body): StoredTable['fields'] {
  const old = table.view && body.view ? viewFields(store, body.view) : table.fields;
  if (body.schema?.fields === undefined) return old;
  const wanted = readSchema(body.schema.fields);
  if (table.view && wanted.length !== old.length)
    throw invalid(`Schema of view ${table.id} does not match its query.`);
  return patchSchema(`${store.project}:${table.dataset}.${table.id}`, old, wanted);
}

/** Clustering may change, partitioning may not be added or moved ("Modifying clustering", "Managing partitioned tables"). */
function checkLayout(table: StoredTable, body: Body, fields: StoredTable['fields']): void {
  const { timePartitioning: old } = table;
  const now = body.timePartitioning;
  if (now !== undefined && (now === null || now.type !== old?.type || now.field !== old?.field))
    throw invalid(`Cannot convert the partitioning of table ${table.id}.`);
  if (body.clustering) checkClustering(body.clustering.fields ?? [], fields);
  if (body.view && !table.view) throw invalid(`Table ${table.id} is no view.`);
}

/** Returns the columns of a view, from its query. The view is refused when its table does not exist ("Creating views"). */
function viewFields(store: Store, { query }: NonNullable<Body['view']>): readonly FakeField[] {
  let source: readonly FakeField[] = [];
  for (const [, name = ''] of query.matchAll(/\b(?:FROM|JOIN)\s+`([^`]+)`/gi)) {
    const [table, dataset] = name.split('.').reverse();
    if (table !== undefined && dataset !== undefined) source = store.table(dataset, table).fields;
  }
  return viewColumns(query, source);
}

function change(table: StoredTable, body: Body): void {
  if (body.clustering !== undefined) table.clustering = body.clustering?.fields;
  if (body.description !== undefined) table.description = body.description ?? undefined;
  if (body.expirationTime !== undefined) table.expirationTime = body.expirationTime ?? undefined;
  if (body.timePartitioning) table.timePartitioning = body.timePartitioning;
  if (body.view) table.view = { query: body.view.query, useLegacySql: body.view.useLegacySql ?? true };
  const labels = Object.entries({ ...table.labels, ...body.labels }).filter(([, value]) => value !== null);
  table.labels = Object.fromEntries(labels) as { [key: string]: string };
}

/** Returns the table in the form of an answer ("Table"). */
export function tableResource(projectId: string, table: StoredTable): object {
  const { dataset, id, fields, clustering, timePartitioning, view } = table;
  const { etag, creationTime, lastModifiedTime, labels, description, expirationTime } = table;
  return {
    kind: 'bigquery#table',
    etag,
    id: `${projectId}:${dataset}.${id}`,
    tableReference: { projectId, datasetId: dataset, tableId: id },
    type: view ? 'VIEW' : 'TABLE',
    ...(fields.length > 0 ? { schema: { fields } } : {}),
    numRows: String(table.numRows),
    creationTime,
    lastModifiedTime,
    ...(timePartitioning && { timePartitioning }),
    ...(clustering && { clustering: { fields: clustering } }),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(description !== undefined && { description }),
    ...(expirationTime !== undefined && { expirationTime }),
    ...(view && { view }),
  };
}
