import type { Context, FakeSettings } from './context.js';
import { Faults } from './faults.js';
import { Jobs } from './jobs.js';
import { Requests } from './requests.js';
import { tableResource } from './routes/tables.js';
import { listen } from './server.js';
import { Store } from './store.js';
import { shownRow } from './values/shown.js';
import { startWriteServer, type WriteServer } from './write/server.js';

export interface FakeOptions extends Partial<FakeSettings> {
  /** Port of the REST half; a free one when absent. */
  readonly port?: number;
  /** Port of the gRPC half; a free one when absent. */
  readonly writePort?: number;
}

const DEFAULTS: FakeSettings = {
  project: 'test',
  defaultLocation: 'US',
  keepRows: true,
  loadsPerDay: 1500,
  runningPolls: 0,
  jobMs: 0,
  pageRows: 10_000,
  tableUpdatesPer10s: 0,
};

/** A strict BigQuery for tests: its REST API v2 and its Storage Write API, over real sockets. */
export class Fake {
  /** `http://127.0.0.1:PORT`. */
  readonly apiEndpoint: string;
  /** `127.0.0.1:PORT`, plain text gRPC. */
  readonly storageApiEndpoint: string;
  readonly tables: Store;
  readonly jobs: Jobs;
  readonly requests: Requests;
  readonly faults: Faults;
  readonly write: WriteServer;
  readonly #context: Context;
  readonly #close: () => Promise<void>;

  constructor(context: Context, apiEndpoint: string, write: WriteServer, close: () => Promise<void>) {
    this.apiEndpoint = apiEndpoint;
    this.storageApiEndpoint = write.address;
    this.tables = context.store;
    this.jobs = context.jobs;
    this.requests = context.requests;
    this.faults = context.faults;
    this.write = write;
    this.#context = context;
    this.#close = close;
  }

  /** Returns rows in the order of their arrival, with values in the form of `shownRow`. Throws when the table does not exist. */
  rows(dataset: string, table: string): Array<{ [column: string]: unknown }> {
    return this.tables.table(dataset, table).rows.map(shownRow);
  }

  /** Returns the load jobs of a table, the oldest first. */
  loadsOf(dataset: string, table: string): ReturnType<Jobs['get']>[] {
    return [...this.jobs.all.values()].filter(
      (job) => job.table?.datasetId === dataset && job.table.tableId === table,
    );
  }

  /** Deletes the rows. The jobs that loaded them are still DONE. */
  truncate(dataset: string, table: string): void {
    this.tables.table(dataset, table).truncate();
  }

  /** Deletes a table, as a person would. */
  drop(dataset: string, table: string): void {
    this.tables.dataset(dataset).tables.delete(table);
  }

  /** Makes the next `reads` calls of `tables.get` answer with the table as it is now ("Modifying table schemas", propagation). */
  showOldSchema(dataset: string, table: string, reads: number): void {
    const body = tableResource(this.tables.project, this.tables.table(dataset, table));
    this.#context.oldTables.set(`${dataset}.${table}`, { reads, body });
  }

  /** Resolves when no load job is running any more. */
  async idle(): Promise<void> {
    while ([...this.jobs.all.values()].some(({ isOver }) => !isOver))
      await this.requests.next(({ type }) => type === 'job-committed' || type === 'job-failed');
  }

  /** Ends all connections, in the middle of a request too. */
  close(): Promise<void> {
    return this.#close();
  }
}

export async function startFake({ port = 0, writePort = 0, ...options }: FakeOptions = {}): Promise<Fake> {
  const settings = { ...DEFAULTS, ...options };
  const store = new Store(settings.project);
  const context: Context = {
    settings,
    store,
    jobs: new Jobs(store, settings.runningPolls),
    requests: new Requests(),
    faults: new Faults(),
    oldTables: new Map(),
  };
  const { server, origin } = await listen(context, port);
  const write = await startWriteServer(store, { port: writePort, keepRows: settings.keepRows });
  return new Fake(context, origin, write, async () => {
    write.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
}
