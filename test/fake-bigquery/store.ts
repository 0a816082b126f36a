import { notFound } from './refusal.js';
import { StoredTable } from './stored-table.js';

export interface StoredDataset {
  readonly id: string;
  readonly location: string;
  readonly createdAt: string;
  description: string | undefined;
  labels: { readonly [key: string]: string };
  defaultTableExpirationMs: string | undefined;
  defaultPartitionExpirationMs: string | undefined;
  readonly tables: Map<string, StoredTable>;
}

/** All datasets of one project, with their tables and rows. Names are case-sensitive ("Naming datasets", "Naming tables"). */
export class Store {
  readonly project: string;
  readonly datasets = new Map<string, StoredDataset>();
  #lastTime = 0;

  constructor(project: string) {
    this.project = project;
  }

  /** Returns epoch ms as decimal text, different at each call, so that a recreated table never has the time of the old one. */
  nextTime(): string {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return String(this.#lastTime);
  }

  addDataset(id: string, location: string): StoredDataset {
    const dataset: StoredDataset = {
      id,
      location,
      createdAt: this.nextTime(),
      description: undefined,
      labels: {},
      defaultTableExpirationMs: undefined,
      defaultPartitionExpirationMs: undefined,
      tables: new Map(),
    };
    this.datasets.set(id, dataset);
    return dataset;
  }

  /** Returns a dataset. @throws Refusal 404. */
  dataset(id: string): StoredDataset {
    const dataset = this.datasets.get(id);
    if (dataset === undefined) throw notFound(`Dataset ${this.project}:${id}`);
    return dataset;
  }

  find(dataset: string, table: string): StoredTable | undefined {
    return this.datasets.get(dataset)?.tables.get(table);
  }

  /** Returns a table. @throws Refusal 404. */
  table(dataset: string, table: string): StoredTable {
    const found = this.dataset(dataset).tables.get(table);
    if (found === undefined) throw notFound(`Table ${this.project}:${dataset}.${table}`);
    return found;
  }

  addTable(dataset: string, id: string): StoredTable {
    const table = new StoredTable(this.dataset(dataset).id, id, () => this.nextTime());
    this.dataset(dataset).tables.set(id, table);
    return table;
  }
}
