import { readFileSync } from 'node:fs';

/**
 * Commits in the log of an open inbox, that is syncs, as long as no checkpoint has begun it anew: frames whose header gives
 * the size of the database (SQLite, "WAL file format").
 */
export function commitsIn(folder: string): number {
  const log = readFileSync(`${folder}/inbox.sqlite-wal`);
  const pageSize = log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at < log.length; at += 24 + pageSize) if (log.readUInt32BE(at + 4) > 0) commits += 1;
  return commits;
}
