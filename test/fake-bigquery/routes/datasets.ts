import { jsonBody } from '../body.js';
import type { Answer, Call } from '../context.js';
import { checkLabels } from '../layout-rules.js';
import { alreadyExists, invalid } from '../refusal.js';
import type { StoredDataset } from '../store.js';

/** Form of a dataset's name ("Naming datasets"). */
const NAME = /^[A-Za-z0-9_]{1,1024}$/;

interface Body {
  readonly datasetReference?: { readonly datasetId?: string };
  readonly location?: string;
  readonly description?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly defaultTableExpirationMs?: string;
  readonly defaultPartitionExpirationMs?: string;
}

export async function list({ context: { store } }: Call): Promise<Answer> {
  const datasets = [...store.datasets.values()].map((dataset) => resource(store.project, dataset));
  return { status: 200, body: { kind: 'bigquery#datasetList', datasets } };
}

export async function get({ context: { store }, params: [id = ''] }: Call): Promise<Answer> {
  return { status: 200, body: resource(store.project, store.dataset(id)) };
}

export async function insert(call: Call): Promise<Answer> {
  const { store, settings } = call.context;
  const body = (await jsonBody(call)) as Body;
  const id = body.datasetReference?.datasetId ?? '';
  if (!NAME.test(id)) throw invalid(`Invalid dataset ID "${id}".`);
  if (store.datasets.has(id)) throw alreadyExists(`Dataset ${store.project}:${id}`);
  checkLabels(body.labels ?? {});
  const dataset = store.addDataset(id, body.location ?? settings.defaultLocation);
  change(dataset, body);
  return { status: 200, body: resource(store.project, dataset) };
}

/** Changes a dataset. Its location can never change ("Dataset locations"). */
export async function patch(call: Call): Promise<Answer> {
  const { store } = call.context;
  const dataset = store.dataset(call.params[0] ?? '');
  const body = (await jsonBody(call)) as Body;
  if (body.location !== undefined && body.location.toLowerCase() !== dataset.location.toLowerCase())
    throw invalid(`Cannot change the location of dataset ${dataset.id}.`);
  checkLabels(body.labels ?? {});
  change(dataset, body);
  return { status: 200, body: resource(store.project, dataset) };
}

function change(dataset: StoredDataset, body: Body): void {
  dataset.description = body.description ?? dataset.description;
  dataset.labels = { ...dataset.labels, ...body.labels };
  dataset.defaultTableExpirationMs = body.defaultTableExpirationMs ?? dataset.defaultTableExpirationMs;
  dataset.defaultPartitionExpirationMs =
    body.defaultPartitionExpirationMs ?? dataset.defaultPartitionExpirationMs;
}

function resource(projectId: string, dataset: StoredDataset): object {
  const { id, tables: _, createdAt, ...rest } = dataset;
  return {
    kind: 'bigquery#dataset',
    id: `${projectId}:${id}`,
    datasetReference: { projectId, datasetId: id },
    creationTime: createdAt,
    lastModifiedTime: createdAt,
    ...rest,
  };
}
