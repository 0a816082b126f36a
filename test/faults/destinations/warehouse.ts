import { writeFileSync } from 'node:fs';
import { startFake } from '../../fake-bigquery/fake.js';

/** What the harness asks the process of the fake BigQuery: the rows of tables, as JSON lines in a file. */
export interface Question {
  readonly tables: ReadonlyArray<readonly [dataset: string, table: string]>;
  readonly into: string;
}

// The fake BigQuery in a process of its own, which no fault touches.
const fake = await startFake({ loadsPerDay: 1_000_000 });

process.on('message', ({ tables, into }: Question) => {
  writeFileSync(into, tables.flatMap(([dataset, table]) => rowsOf(dataset, table)).join(''));
  process.send?.('written');
});
process.once('disconnect', () => void fake.close().then(() => process.exit(0)));
process.send?.({ api: fake.apiEndpoint, storage: fake.storageApiEndpoint });

function rowsOf(dataset: string, table: string): string[] {
  if (fake.tables.find(dataset, table) === undefined) return [];
  return fake.rows(dataset, table).map((row) => `${JSON.stringify({ dataset, row }, plain)}\n`);
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
