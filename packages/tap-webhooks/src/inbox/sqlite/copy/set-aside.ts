import type { Database } from '../database.js';
import type { NamedRow } from './row-checks.js';

/** Reason in the quarantine. */
const DAMAGED = 'the disk has changed the event since it was recorded';

/** Keeps damaged events raw in the quarantine, with their positions, where a person can look at them. Bookmarks at them still fit. */
export function setAsideEvents(database: Database, events: readonly NamedRow[]): void {
  const insert = database.prepare(
    `INSERT INTO quarantine (stream, received_at, sequence, delivery_id, reason, body, event_type, position)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const count = database.prepare(
    'UPDATE streams SET quarantined = quarantined + 1, quarantined_bytes = quarantined_bytes + ? WHERE id = ?',
  );
  const keepCheck = database.prepare('INSERT OR IGNORE INTO checks VALUES (?, ?)');
  for (const { stream, received_at, sequence, delivery_id, record, event_type, position, digest } of events) {
    const body = Buffer.from(String(record));
    insert.run(stream, received_at, sequence, delivery_id, DAMAGED, body, event_type, position);
    count.run(body.length, stream);
    keepCheck.run(position, digest);
  }
}
