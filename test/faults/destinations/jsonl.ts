import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { INTEGRATIONS, type IntegrationName } from '../deliveries.js';
import { outputOf, type Place } from '../place.js';
import type { Destination, Row } from './destination.js';

/** Where a row's own columns end and those of the tap begin. */
const OWN_END = /,"(?:__sdc_primary_key|_sdc_received_at)":/;

/** Files of target-jsonl. Rows must be the text that was sent, byte by byte. */
export function jsonl(): Destination {
  return {
    program: 'target-jsonl',
    settings: (place, random) => ({
      destination_path: outputOf(place),
      ...random.pick([{}, {}, { batch_size_rows: 7 }]),
      ...random.pick([
        {},
        { rotate_bytes: 150_000, compression: 'gzip' },
        { rotate_seconds: 2, compression: 'gzip' },
      ]),
    }),
    rows: async (place) =>
      INTEGRATIONS.flatMap(({ name }) => linesOf(place, name, 'data').map((line) => rowOf(name, line))),
    rejected: async (place) =>
      INTEGRATIONS.reduce((sum, { name }) => sum + linesOf(place, name, '_sdc_rejected').length, 0),
    isEqual: ({ payload }, { text }) => payload === text,
    close: async () => {},
  };
}

function rowOf(integration: IntegrationName, line: string): Row {
  const row = JSON.parse(line) as { [column: string]: unknown };
  const end = line.search(OWN_END);
  return {
    integration,
    id: String(row.event),
    inbox: String(row._sdc_inbox),
    position: Number(row._sdc_position),
    sequence: Number(row._sdc_sequence),
    payload: `${line.slice(0, end)}}`,
  };
}

/** Returns the lines of all files of a table, the open file last. A plain file that is being compressed counts once. */
function linesOf(place: Place, integration: string, table: string): string[] {
  const folder = join(outputOf(place), integration);
  if (!existsSync(folder)) return [];
  const own = new RegExp(`^${table}(\\.\\d+)?\\.jsonl(\\.gz)?$`);
  const open = `${table}.jsonl`;
  const names = readdirSync(folder).filter((name) => own.test(name));
  const once = names.filter((name) => !names.includes(`${name}.gz`)).sort();
  const ordered = [...once.filter((name) => name !== open), ...once.filter((name) => name === open)];
  try {
    return ordered.flatMap((name) => linesIn(join(folder, name)));
  } catch (cause) {
    // The file was compressed or closed between listing and reading.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return linesOf(place, integration, table);
    throw cause;
  }
}

/** Returns the whole lines of a file. */
function linesIn(path: string): string[] {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n').slice(0, -1);
}
