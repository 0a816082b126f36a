import type { Batch, Loader, LoadResult, Row, Sink, TableDefinition } from '@tap-webhooks/target-core';

/** One table of the memory loader: its rows, and how a test wants it to behave. */
export class MemoryTable {
  readonly rows: Row[] = [];
  /** Rows in each batch that was loaded. */
  readonly batches: number[] = [];
  /** The calls `open`, `load`, `alter`, `activate N` and `close`, in order. */
  readonly calls: string[] = [];
  definition: TableDefinition;
  refuse: (row: Row) => string | undefined = () => undefined;
  failure: unknown;
  alterFailure: unknown;
  closeFailure: unknown;
  /** Loads that have begun and have not ended. */
  loading = 0;
  mostLoading = 0;
  #gate: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(definition: TableDefinition) {
    this.definition = definition;
  }

  get texts(): string[] {
    return this.rows.map((row) => row.text);
  }

  /** Rows without system columns. */
  get records(): unknown[] {
    return this.rows.map((row) => {
      const record = JSON.parse(row.text) as Record<string, unknown>;
      for (const name of Object.keys(record)) if (name.startsWith('_sdc_')) delete record[name];
      return record;
    });
  }

  /** Makes loads wait from now on, until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
    this.#gate = Promise.resolve();
  }

  async load({ rows }: Batch): Promise<LoadResult> {
    this.loading += 1;
    this.mostLoading = Math.max(this.mostLoading, this.loading);
    this.calls.push('load');
    await this.#gate;
    this.loading -= 1;
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(rows.length);
    return this.#keep(rows);
  }

  #keep(rows: readonly Row[]): LoadResult {
    const refused: Array<{ row: Row; reason: string }> = [];
    const names = new Set(this.rows.map(nameOf));
    const before = this.rows.length;
    let skipped = 0;
    for (const row of rows) {
      const reason = this.refuse(row);
      if (reason !== undefined) refused.push({ row, reason });
      else if (row.identity && names.has(nameOf(row))) skipped += 1;
      else this.rows.push({ text: row.text, identity: row.identity }); // a batch is readable only while it is loaded
    }
    return { loaded: this.rows.length - before, skipped, refused };
  }
}

/**
 * A destination in memory, without system calls. It outlives a run: give it to another run to see what a redelivery does.
 * A table can be made to wait (`hold`), to refuse rows, and to fail for good.
 */
export class MemoryLoader implements Loader {
  readonly tables = new Map<string, MemoryTable>();
  /** What a table of the given stream gets before it is opened. */
  readonly prepare = new Map<string, (table: MemoryTable) => void>();
  openFailure: { stream: string; error: unknown } | undefined;
  isClosed = false;
  isUnavailable = false;

  /** The table of a stream; `_sdc_rejected` of a schema is `<schema>-_sdc_rejected`. */
  table(stream: string): MemoryTable {
    const table = this.tables.get(stream);
    if (!table)
      throw new Error(`no table was opened for ${stream}; there are ${[...this.tables.keys()].join(', ')}`);
    return table;
  }

  async open(definition: TableDefinition): Promise<Sink> {
    const { stream } = definition;
    if (this.openFailure?.stream === stream) throw this.openFailure.error;
    let table = this.tables.get(stream);
    if (!table) {
      table = new MemoryTable(definition);
      this.tables.set(stream, table);
      this.prepare.get(stream)?.(table);
    }
    table.calls.push('open');
    return new MemorySink(table);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

class MemorySink implements Sink {
  readonly #table: MemoryTable;

  constructor(table: MemoryTable) {
    this.#table = table;
  }

  load(batch: Batch): Promise<LoadResult> {
    return this.#table.load(batch);
  }

  async alter(definition: TableDefinition): Promise<void> {
    if (this.#table.loading > 0) throw new Error('alter was called during a load');
    this.#table.calls.push('alter');
    if (this.#table.alterFailure !== undefined) throw this.#table.alterFailure;
    this.#table.definition = definition;
  }

  async close(): Promise<void> {
    this.#table.calls.push('close');
    if (this.#table.closeFailure !== undefined) throw this.#table.closeFailure;
  }
}

function nameOf({ identity }: Row): string | undefined {
  return identity && JSON.stringify([identity.inbox, identity.position, identity.sequence]);
}
