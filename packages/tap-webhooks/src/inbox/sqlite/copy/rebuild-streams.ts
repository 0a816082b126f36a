import type { Database } from '../database.js';
import { storeDigests } from '../row-digests.js';
import type { KnownNames } from './known-names.js';

/**
 * Adds the missing rows of `streams` to a copy: their names from the second copy in `meta`, and what they count from the rows that
 * are kept. Counters go back as far as those per minute do.
 */
export function rebuildStreams(copy: Database, { streams, noted }: KnownNames): void {
  const trimmed = new Map(noted.map(({ id, trimmed_through }) => [id, trimmed_through]));
  const ids = new Set([...streams.keys(), ...numbersIn(copy)]);
  const put = copy.prepare('INSERT OR IGNORE INTO streams (id, name, trimmed_through) VALUES (?, ?, ?)');
  for (const id of ids) {
    const { changes } = put.run(id, streams.get(id) ?? `lost-${id}`, trimmed.get(id) ?? 0);
    if (changes === 1) copy.exec(COUNT.replaceAll('?1', String(id)));
  }
  storeDigests(copy, 'streams');
}

/** The streams that rows of other tables refer to. */
function numbersIn(copy: Database): number[] {
  return ['events', 'quarantine', 'schemas'].flatMap((table) =>
    copy
      .prepare(`SELECT DISTINCT stream FROM ${table}`)
      .all()
      .map((row) => (row as { stream: number }).stream),
  );
}

const COUNT = `UPDATE streams SET
  newest = max(trimmed_through,
    (SELECT coalesce(max(position), 0) FROM events WHERE stream = ?1),
    (SELECT coalesce(max(position), 0) FROM quarantine WHERE stream = ?1)),
  stored = max((SELECT coalesce(sum(stored), 0) FROM minutes WHERE stream = ?1),
    (SELECT count(*) FROM events WHERE stream = ?1)),
  duplicate = (SELECT coalesce(sum(duplicate), 0) FROM minutes WHERE stream = ?1),
  filtered = (SELECT coalesce(sum(filtered), 0) FROM minutes WHERE stream = ?1),
  quarantined = max((SELECT coalesce(sum(quarantined), 0) FROM minutes WHERE stream = ?1),
    (SELECT count(*) FROM quarantine WHERE stream = ?1)),
  quarantined_bytes = (SELECT coalesce(sum(length(body)), 0) FROM quarantine WHERE stream = ?1)
  WHERE id = ?1`;

/** Returns the integrations of which no live URL is left. */
export function withoutUrl(copy: Database): string[] {
  const rows = copy
    .prepare(
      `SELECT substr(name, 1, length(name) - 5) AS integration FROM streams WHERE name LIKE '%-data' AND NOT EXISTS
         (SELECT 1 FROM tokens WHERE integration || '-data' = streams.name AND revoked_at IS NULL) ORDER BY name`,
    )
    .all() as Array<{ integration: string }>;
  return rows.map(({ integration }) => integration);
}
