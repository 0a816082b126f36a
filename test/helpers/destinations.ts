import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Output } from '@tap-webhooks/singer';
import { onTestFinished } from 'vitest';
import { Emitter } from '../../packages/tap-webhooks/dist/emit/emitter.js';
import { streamSource } from '../../packages/tap-webhooks/dist/emit/selection.js';
import type { InboxReader } from '../../packages/tap-webhooks/dist/inbox/inbox.js';
import { canonicalText } from '../conformance/rows.js';
import { startFake } from '../fake-bigquery/fake.js';
import { openBigQuery } from './bigquery-target.js';
import { type OpenTarget, runInProcess } from './in-process.js';
import { linesOfTable, openJsonl } from './jsonl.js';
import { tempFolder } from './temp.js';

/** A destination of its own, and the program that loads into it. */
export interface Destination {
  readonly open: OpenTarget;
  readonly settings: object;
  /** Positions of the rows of a table; none when there is no such table. */
  positions(schema: string, table: string): number[];
  /** Where rows are texts: the rows of `data`, without what the target adds. */
  texts?(schema: string): string[];
}

function intoJsonl(): Destination {
  const folder = tempFolder();
  const lines = (schema: string, table: string) => linesOfTable(join(folder, schema), table);
  return {
    open: openJsonl,
    settings: { destination_path: folder },
    positions: (schema, table) => lines(schema, table).map(positionOf),
    texts: (schema) => lines(schema, 'data').map(withoutBatch),
  };
}

async function intoBigQuery(loadMethod: object): Promise<Destination> {
  const fake = await startFake();
  onTestFinished(() => fake.close());
  const { apiEndpoint, storageApiEndpoint } = fake;
  const place = {
    ...{ project: 'test', location: 'US' },
    ...{ api_endpoint: apiEndpoint, storage_api_endpoint: storageApiEndpoint },
  };
  return {
    open: openBigQuery,
    settings: { ...place, ...loadMethod, spool_path: tempFolder() },
    positions: (schema, table) =>
      (fake.tables.find(schema, table)?.rows ?? []).map((row) => Number(row._sdc_position)),
  };
}

/** Every way to load, with how many runs of a costly test it gets. */
export const DESTINATIONS = [
  { name: 'target-jsonl', runs: 4, make: async () => intoJsonl() },
  { name: 'target-bigquery with load jobs', runs: 2, make: () => intoBigQuery({}) },
  {
    name: 'target-bigquery with the Storage Write API',
    runs: 2,
    make: () => intoBigQuery({ method: 'storage_write_api' }),
  },
];

/** Loads what a tap printed. @returns the exit code, and the lines of the log that are errors. */
export async function load(
  { open, settings }: Destination,
  text: string,
): Promise<{ code: number; errors: string[] }> {
  const config = join(tempFolder(), 'config.json');
  writeFileSync(config, JSON.stringify(settings));
  const { code, stderr } = await runInProcess(open, config, text);
  return { code, errors: stderr.split('\n').filter((line) => line.startsWith('{"level":"error"')) };
}

/** Returns everything that the tap prints for an inbox. */
export async function emitted(inbox: InboxReader): Promise<string> {
  const sink = new PassThrough({ highWaterMark: 1 << 30 });
  const emitter = new Emitter({
    reader: inbox,
    out: new Output(sink),
    source: streamSource(inbox, [], () => true, undefined),
    settings: { emitKey: 'integration', stateIntervalSeconds: 3600, stateIntervalRecords: 1_000_000 },
    bookmarks: new Map(),
  });
  await emitter.drain(new AbortController().signal);
  return String(sink.read() ?? '');
}

/** Returns the position that a row's text says. */
export function positionOf(row: string): number {
  return Number(/.*"_sdc_position":(\d+)/s.exec(row)?.[1]); // the last one: values in `_sdc_extra` keep their names
}

/** A row without what the target adds to it. */
function withoutBatch(row: string): string {
  return canonicalText(row).replace(/"_sdc_batched_at":"[^"]+",/, '');
}
