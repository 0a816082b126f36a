/**
 * What the file holds, format 1. It is made to be read by people too: `sqlite3 inbox/inbox.sqlite`.
 *
 * - `meta` incarnation, highest position ever given, mark of `_sdc_sequence`
 * - `streams` one row each, with what must outlive trimming
 * - `events` the rows that wait or are kept; position is the table's key, so reading on is one scan
 * - `checks` digests of trimmed events, for bookmarks that stand there
 * - `deliveries` what retries are recognised by: of each delivery id that was seen, with its place and its content
 * - `quarantine` what could not become a row, raw, with the reason
 * - `schemas` every version of every stream's schema that a kept event may need
 * - `sequence_keys` keys whose last number reaches the mark
 * - `tokens` URL tokens, only as SHA-256
 */
export const TABLES = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE streams (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  newest INTEGER NOT NULL DEFAULT 0,
  trimmed_through INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0,
  duplicate INTEGER NOT NULL DEFAULT 0,
  filtered INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL REFERENCES streams (id),
  received_at INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  schema_version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX events_by_stream ON events (stream, position);
CREATE TABLE checks (position INTEGER PRIMARY KEY, digest TEXT NOT NULL);
CREATE TABLE deliveries (retry_key TEXT PRIMARY KEY, received_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON deliveries (received_at);
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  stream INTEGER NOT NULL REFERENCES streams (id),
  received_at INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  delivery_id TEXT,
  reason TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX quarantine_by_stream ON quarantine (stream, received_at);
CREATE TABLE schemas (
  stream INTEGER NOT NULL REFERENCES streams (id),
  version INTEGER NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (stream, version)
) WITHOUT ROWID;
CREATE TABLE sequence_keys (digest TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
);
`;
