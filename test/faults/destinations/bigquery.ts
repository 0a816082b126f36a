import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalNumber, type JsonNode, parseJson, stringValue } from '@tap-webhooks/singer';
import { INTEGRATIONS, type IntegrationName, type SentEvent } from '../deliveries.js';
import { spoolOf } from '../place.js';
import type { Destination, Row } from './destination.js';
import type { Question } from './warehouse.js';

const WAREHOUSE = fileURLToPath(new URL('./warehouse.js', import.meta.url));

type Shown = { readonly [column: string]: unknown };

/** Starts a fake BigQuery in a process of its own, and returns the destination in it. */
export async function bigquery(
  method: 'batch_job' | 'storage_write_api',
  root: string,
): Promise<Destination> {
  const process = fork(WAREHOUSE, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [endpoints] = (await once(process, 'message')) as [{ api: string; storage: string }];
  const ask = (table: string) => rowsOf(process, join(root, `${table}.rows`), table);
  return {
    program: 'target-bigquery',
    settings: (place, random) => ({
      project: 'test',
      location: 'EU',
      api_endpoint: endpoints.api,
      storage_api_endpoint: endpoints.storage,
      method,
      spool_path: spoolOf(place),
      max_batch_age_seconds: 1,
      daily_load_limit: 1_000_000,
      ...random.pick([{}, { batch_size_rows: 7 }, { batch_size_rows: 100 }]),
    }),
    rows: async () => (await ask('data')).map(rowOf),
    rejected: async () => (await ask('_sdc_rejected')).length,
    isEqual: ({ payload }, event) => isEqual(payload as Shown, event),
    forget: (place) => rmSync(spoolOf(place), { recursive: true, force: true }),
    close: async () => {
      if (process.exitCode !== null) return;
      process.disconnect();
      await once(process, 'exit');
    },
  };
}

async function rowsOf(
  warehouse: ChildProcess,
  into: string,
  table: string,
): Promise<Array<{ dataset: IntegrationName; row: Shown }>> {
  const question: Question = { tables: INTEGRATIONS.map(({ name }) => [name, table]), into };
  const written = once(warehouse, 'message');
  warehouse.send(question);
  await written;
  const lines = readFileSync(into, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

function rowOf({ dataset, row }: { dataset: IntegrationName; row: Shown }): Row {
  return {
    integration: dataset,
    id: String(row.event),
    inbox: String(row._sdc_inbox),
    position: Number(row._sdc_position),
    sequence: Number(row._sdc_sequence),
    payload: Object.fromEntries(Object.entries(row).filter(([name]) => !/^__?sdc_/.test(name))),
  };
}

/** Values are equal as BigQuery shows them: null and an empty list are absent, and a number is its digits. */
function isEqual(shown: Shown, { text }: SentEvent): boolean {
  return holds(shown, text, parseJson(text));
}

function holds(shown: unknown, text: string, node: JsonNode): boolean {
  const raw = text.slice(node.start, node.end);
  switch (node.kind) {
    case 'null':
      return shown === undefined;
    case 'boolean':
      return shown === (raw === 'true');
    case 'number':
      return typeof shown === 'string' && canonicalNumber(shown) === canonicalNumber(raw);
    case 'string':
      return shown === stringValue(text, node);
    case 'array': {
      const items = node.items ?? [];
      return (
        Array.isArray(shown) &&
        shown.length === items.length &&
        items.every((item, at) => holds(shown[at], text, item))
      );
    }
    case 'object': {
      const members = node.members ?? [];
      const sent = new Set(members.map(({ name }) => name));
      const values = (shown ?? {}) as Shown;
      return (
        Object.keys(values).every((name) => sent.has(name)) &&
        members.every(({ name, value }) => holds(values[name], text, value))
      );
    }
  }
}
