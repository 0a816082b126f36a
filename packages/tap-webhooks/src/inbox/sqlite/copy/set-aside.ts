import type { Database } from '../database.js';
import { digestOf } from '../row-digests.js';
import { changeStream } from '../streams.js';
import { digestIn, type NamedRow } from './row-checks.js';

/** Reason in the quarantine. */
const DAMAGED = 'the disk has changed the event since it was recorded';

/** Keeps damaged events raw in the quarantine, with their positions, where a person can look at them. Bookmarks at them still fit. */
export function setAsideEvents(database: Database, events: readonly NamedRow[]): void {
  const keepCheck = database.prepare(
    'INSERT OR IGNORE INTO checks (position, digest, row_digest) VALUES (?, ?, ?)',
  );
  for (const event of events) {
    const body = Buffer.from(String(event.record));
    putInQuarantine(database, { ...event, body, reason: DAMAGED, item: 0 });
    changeStream(database, Number(event.stream), ({ quarantined, quarantined_bytes }) => ({
      quarantined: quarantined + 1,
      quarantined_bytes: quarantined_bytes + body.length,
    }));
    const { position = null, digest = null } = event;
    keepCheck.run(position, digest, digestOf('checks', { position, digest }));
  }
}

/** Keeps what was damaged in the quarantine itself, which says so. */
export function setAsideQuarantined(database: Database, rows: readonly NamedRow[]): void {
  for (const row of rows) {
    const body = row.body instanceof Uint8Array ? row.body : Buffer.from(String(row.body));
    putInQuarantine(database, { ...row, body, reason: `${DAMAGED}; before that: ${row.reason}` });
  }
}

const COLUMNS = ['received_at', 'sequence', 'delivery_id', 'reason', 'body', 'item', 'event_type', 'request'];

/** Stores a row, with its number when it has one. */
function putInQuarantine(database: Database, row: NamedRow): void {
  const stream = database.prepare('SELECT name FROM streams WHERE id = ?').get(row.stream ?? null);
  const name = (stream as { name: string } | undefined)?.name ?? ''; // the number may be what is damaged
  const values = ['id', 'stream', ...COLUMNS, 'position'].map((column) => row[column] ?? null);
  const digest = digestIn('quarantine', name, (column) => asNumber(row[column]) as string | number | null);
  database
    .prepare(
      `INSERT INTO quarantine (id, stream, ${COLUMNS.join(', ')}, position, digest)
       VALUES (${Array(values.length + 1)
         .fill('?')
         .join(', ')})`,
    )
    .run(...values, digest);
}

function asNumber(value: NamedRow[string] | undefined): unknown {
  return typeof value === 'bigint' ? Number(value) : (value ?? null);
}
