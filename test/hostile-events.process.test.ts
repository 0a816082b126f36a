import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { LIMIT, nesting, Output, parseMessage, type RecordMessage } from '@tap-webhooks/singer';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Emitter } from '../packages/tap-webhooks/dist/emit/emitter.js';
import { streamSource } from '../packages/tap-webhooks/dist/emit/selection.js';
import type { InboxWriter } from '../packages/tap-webhooks/dist/inbox/inbox.js';
import { canonicalText } from './conformance/rows.js';
import { startFake } from './fake-bigquery/fake.js';
import { openBigQuery } from './helpers/bigquery-target.js';
import { hostileBodies } from './helpers/hostile-events.js';
import { type OpenTarget, runInProcess } from './helpers/in-process.js';
import { linesOfTable, openJsonl } from './helpers/jsonl.js';
import { memoryInbox } from './helpers/memory-inbox.js';
import { tempFolder } from './helpers/temp.js';

/** Another seed: `HOSTILE_SEED=5 HOSTILE_RUNS=100 npx vitest …`. */
const SEED = Number(process.env.HOSTILE_SEED ?? 20_261_130);
const RUNS = process.env.HOSTILE_RUNS;

/** A destination of its own, and the program that loads into it. */
interface Destination {
  readonly open: OpenTarget;
  readonly settings: object;
  /** Positions of the rows of a table; none when there is no such table. */
  positions(schema: string, table: string): number[];
  /** Where rows are texts: the rows of the hostile stream. */
  texts?(): string[];
}

function intoJsonl(): Destination {
  const folder = tempFolder();
  const lines = (schema: string, table: string) => linesOfTable(join(folder, schema), table);
  return {
    open: openJsonl,
    settings: { destination_path: folder },
    positions: (schema, table) => lines(schema, table).map(positionOf),
    texts: () => lines('evil', 'data').map(withoutBatch),
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

const destinations = [
  { name: 'target-jsonl', runs: 4, make: async () => intoJsonl() },
  { name: 'target-bigquery with load jobs', runs: 2, make: () => intoBigQuery({}) },
  {
    name: 'target-bigquery with the Storage Write API',
    runs: 2,
    make: () => intoBigQuery({ method: 'storage_write_api' }),
  },
];

describe.each(destinations)('hostile events through the tap and $name', ({ runs: few, make }) => {
  it('are all in the table or in the quarantine, and keep no other stream from being loaded', async () => {
    const property = fc.asyncProperty(hostileBodies(), async (bodies) => {
      const inbox = await memoryInbox('evil', 'good');
      const counts = await post(inbox, bodies);
      const text = await emitted(inbox);
      expect(linesOverLimit(text)).toEqual([]);
      const destination = await make();
      const config = join(tempFolder(), 'config.json');
      writeFileSync(config, JSON.stringify(destination.settings));
      const run = await runInProcess(destination.open, config, text);
      const errors = run.stderr.split('\n').filter((line) => line.startsWith('{"level":"error"'));
      expect({ code: run.code, errors }).toEqual({ code: 0, errors: [] });

      const sent = recordsIn(text, 'evil-data');
      expect(sent).toHaveLength(counts.stored);
      expect((await inbox.totals()).quarantined).toBe(counts.quarantined);
      expect(destination.positions('evil', '_sdc_rejected')).toEqual([]);
      expect(destination.positions('evil', 'data').sort(byNumber)).toEqual(sent.map(positionOf));
      expect(destination.positions('good', 'data')).toHaveLength(bodies.length);
      if (destination.texts) expect(destination.texts()).toEqual(sent.map(canonicalText));
    });
    const runs = await fc.check(property, { seed: SEED, numRuns: Number(RUNS ?? few), endOnFailure: true });
    // the counterexample itself would fill the screen
    if (runs.failed)
      throw new Error(`seed ${SEED}, run ${runs.counterexamplePath}`, { cause: runs.errorInstance });
  });
});

/** Posts the bodies as an attacker would, and a usual event after each. @returns how many events became what. */
async function post(
  inbox: InboxWriter,
  bodies: readonly string[],
): Promise<{ stored: number; quarantined: number }> {
  const counts = { stored: 0, quarantined: 0 };
  for (const [index, body] of bodies.entries()) {
    const verdict = await inbox.append({ integration: 'evil', receivedAt: index, body: Buffer.from(body) });
    if (verdict.kind !== 'taken') throw new Error(`not taken: ${JSON.stringify(verdict)}`);
    counts.stored += verdict.stored;
    counts.quarantined += verdict.quarantined;
    await inbox.append({ integration: 'good', receivedAt: index, body: Buffer.from(`{"n":${index}}`) });
  }
  return counts;
}

/** Returns everything that the tap prints for an inbox. */
async function emitted(inbox: InboxWriter): Promise<string> {
  const sink = new PassThrough({ highWaterMark: 1 << 30 });
  const emitter = new Emitter({
    reader: inbox,
    out: new Output(sink),
    source: streamSource(inbox, [], () => true, undefined),
    settings: { emitKey: 'integration', stateIntervalSeconds: 3600, stateIntervalRecords: 1_000_000 },
    bookmarks: new Map(),
  });
  await emitter.drain(new AbortController().signal);
  return String(sink.read());
}

/** Returns the beginnings of lines that a target need not take. */
function linesOverLimit(text: string): string[] {
  const isOver = (line: string) => {
    const bytes = Buffer.byteLength(line);
    if (!line.startsWith('{"type":"SCHEMA"'))
      return bytes > LIMIT.lineBytes || nesting(line) > LIMIT.eventLevels + 2;
    return bytes > LIMIT.schemaLineBytes || nesting(line) > LIMIT.schemaLevels + 1;
  };
  return text.split('\n').flatMap((line) => (isOver(line) ? [line.slice(0, 100)] : []));
}

function recordsIn(text: string, stream: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`{"type":"RECORD","stream":"${stream}"`))
    .map((line, index) => (parseMessage(line, index) as RecordMessage).recordText);
}

function positionOf(row: string): number {
  return Number(/.*"_sdc_position":(\d+)/s.exec(row)?.[1]); // the last one: values in `_sdc_extra` keep their names
}

function byNumber(a: number, b: number): number {
  return a - b;
}

/** A row without what the target adds to it. */
function withoutBatch(row: string): string {
  return canonicalText(row).replace(/"_sdc_batched_at":"[^"]+",/, '');
}
