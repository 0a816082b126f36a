import type { Context } from './context.js';
import { Refusal } from './refusal.js';
import type { StoredTable } from './stored-table.js';

const WINDOW_MS = 10_000;
const updates = new WeakMap<StoredTable, number[]>();

/**
 * Counts a metadata update of a table; a partitioned one has ten times as many ("Quotas and limits", standard and
 * partitioned tables).
 * @throws Refusal 403 `rateLimitExceeded`.
 */
export function allowUpdate({ settings }: Context, table: StoredTable): void {
  const limit = settings.tableUpdatesPer10s * (table.timePartitioning ? 10 : 1);
  if (limit === 0) return;
  const now = Date.now();
  const recent = (updates.get(table) ?? []).filter((at) => at > now - WINDOW_MS);
  if (recent.length >= limit) {
    throw new Refusal(
      403,
      'rateLimitExceeded',
      'Exceeded rate limits: too many table update operations for this table.',
    );
  }
  updates.set(table, [...recent, now]);
}
