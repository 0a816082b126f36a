/**
 * The tables of format 2. People may read them too: `sqlite3 inbox/inbox.sqlite`. Times are epoch ms. A `digest` is of the
 * row's other columns, and so is `row_digest` where a column `digest` holds another one (see `inbox/digest.ts` and
 * `row-digests.ts`). It is null in rows that format 1 wrote without one. Only `old_deliveries` has none: its rows are all of format
 * 1, and are gone once they are trimmed.
 *
 * What later versions fill is here already, so that the format needs to change only once: epochs, `event_time`, `request`,
 * `tombstones`, `requests` and `audit`.
 */
export const TABLES = `
-- Highest position ever given ("newest"), mark of _sdc_sequence ("sequence_mark"), the last time that an hour of running
-- has confirmed ("confirmed_time"), and that the versions of schemas have their epochs ("epochs"). Also a second copy of what names positions ("incarnation <number>") and streams
-- ("stream <id>"), in JSON, for the day when a page of those tables cannot be read.
CREATE TABLE meta (name TEXT PRIMARY KEY, value, digest TEXT) WITHOUT ROWID;
-- Ranges of positions: each goes up to the position before the first one of the next. The newest goes on.
CREATE TABLE incarnations (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  first INTEGER NOT NULL,
  begun_at INTEGER NOT NULL,
  digest TEXT
);
-- What must outlive trimming, per stream.
CREATE TABLE streams (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  newest INTEGER NOT NULL DEFAULT 0,
  trimmed_through INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0,
  duplicate INTEGER NOT NULL DEFAULT 0,
  filtered INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0,
  kept_bytes INTEGER NOT NULL DEFAULT 0,
  quarantined_bytes INTEGER NOT NULL DEFAULT 0,
  digest TEXT
);
-- The rows that are kept, by position, so that reading on is one scan. "request" is JSON of chosen headers and the query.
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL REFERENCES streams (id),
  received_at INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  schema_version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  record TEXT NOT NULL,
  delivery_id TEXT,
  event_type TEXT,
  event_time INTEGER,
  request TEXT
);
CREATE INDEX events_by_stream ON events (stream, position);
-- Digests of trimmed events, for bookmarks at their positions.
CREATE TABLE checks (position INTEGER PRIMARY KEY, digest TEXT NOT NULL, row_digest TEXT);
-- Delivery ids, by which retries are recognised. "content" is a digest of the event as it was sent.
CREATE TABLE delivery_ids (
  stream INTEGER NOT NULL REFERENCES streams (id),
  id TEXT NOT NULL,
  item INTEGER NOT NULL,
  content TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (stream, id, item, content)
) WITHOUT ROWID;
CREATE INDEX delivery_ids_by_time ON delivery_ids (received_at);
-- The same in the form of format 1, until they are trimmed.
CREATE TABLE old_deliveries (retry_key TEXT PRIMARY KEY, received_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON old_deliveries (received_at);
-- Events that could not become rows, raw, with the reason and what judging them again needs. Never credentials.
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  stream INTEGER NOT NULL REFERENCES streams (id),
  received_at INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  delivery_id TEXT,
  reason TEXT NOT NULL,
  body BLOB NOT NULL,
  item INTEGER NOT NULL DEFAULT 0,
  event_type TEXT,
  request TEXT,
  position INTEGER,
  digest TEXT
);
CREATE INDEX quarantine_by_stream ON quarantine (stream, received_at);
-- The versions of each stream's schema that kept events need, and the newest. With a base, a row holds what it adds to it.
CREATE TABLE schemas (
  stream INTEGER NOT NULL REFERENCES streams (id),
  version INTEGER NOT NULL,
  description TEXT NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 1,
  base INTEGER,
  digest TEXT,
  PRIMARY KEY (stream, version)
) WITHOUT ROWID;
-- Version keys whose last number reaches the mark.
CREATE TABLE sequence_keys (
  digest TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL,
  row_digest TEXT
) WITHOUT ROWID;
-- URL tokens, only as SHA-256.
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER,
  digest TEXT
);
-- What came per stream and minute of receipt ("minute" is epoch minutes).
CREATE TABLE minutes (
  stream INTEGER NOT NULL REFERENCES streams (id),
  minute INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  filtered INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  digest TEXT,
  PRIMARY KEY (stream, minute)
) WITHOUT ROWID;
-- Requests that were refused, per minute. "integration" is empty when the URL named none.
CREATE TABLE refusals (
  integration TEXT NOT NULL,
  reason TEXT NOT NULL,
  minute INTEGER NOT NULL,
  count INTEGER NOT NULL,
  digest TEXT,
  PRIMARY KEY (integration, reason, minute)
) WITHOUT ROWID;
-- Positions whose event was erased, so that nothing brings it back.
CREATE TABLE tombstones (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL REFERENCES streams (id),
  erased_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  digest TEXT
);
-- What commands ask of the process that writes, and who did what.
CREATE TABLE requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  command TEXT NOT NULL,
  arguments TEXT NOT NULL,
  done_at INTEGER,
  result TEXT,
  digest TEXT
);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  command TEXT NOT NULL,
  arguments TEXT NOT NULL,
  digest TEXT
);
`;
