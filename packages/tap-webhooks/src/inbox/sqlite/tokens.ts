import type { MethodName } from '@tap-webhooks/singer/worker';
import { tooManyUrls } from '../../errors.js';
import type { TokenRecord } from '../inbox.js';
import { type Database, inTransaction } from './database.js';
import { digestOf, isIntactRow, type StoredRow } from './row-digests.js';

/** Live URLs that an integration may have at a time, so that one can be replaced by another. */
const MOST_LIVE = 2;

/** URL tokens, as readers see them. One that the disk has damaged is none: its URL is refused. */
export class TokenQueries {
  protected readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  liveTokens(): TokenRecord[] {
    return selectTokens(this.database, 'revoked_at IS NULL');
  }

  tokensOf(integration: string): TokenRecord[] {
    return selectTokens(this.database, 'integration = ?', integration);
  }
}

/** URL tokens on SQLite. Adding and revoking are short transactions, safe beside a receiver in another process. */
export class SqliteTokens extends TokenQueries {
  /** Does nothing when the token is there already: a call may be made again, in a copy of the file. */
  addToken(integration: string, sha256: string, now: number): TokenRecord {
    return inTransaction(this.database, () => {
      const [known] = selectTokens(this.database, 'sha256 = ?', sha256);
      if (known) return known;
      const live = selectTokens(this.database, 'integration = ? AND revoked_at IS NULL', integration);
      if (live.length >= MOST_LIVE) throw tooManyUrls(integration);
      const { lastInsertRowid } = this.database
        .prepare('INSERT INTO tokens (integration, sha256, created_at) VALUES (?, ?, ?)')
        .run(integration, sha256, now);
      changeToken(this.database, Number(lastInsertRowid), {});
      return selectTokens(this.database, 'sha256 = ?', sha256)[0] as TokenRecord;
    });
  }

  revokeToken(integration: string, id: number, now: number): boolean {
    return inTransaction(this.database, () => {
      const live = selectTokens(this.database, 'integration = ? AND revoked_at IS NULL', integration);
      if (!live.some((token) => token.id === id)) return false;
      changeToken(this.database, id, { revoked_at: now });
      return true;
    });
  }
}

/** Changes a token, inside a transaction. Does nothing to one that is damaged: it stays so. */
export function changeToken(
  database: Database,
  id: number,
  change: { readonly last_used_at?: number; readonly revoked_at?: number },
): void {
  const row = database.prepare('SELECT * FROM tokens WHERE id = ?').get(id) as StoredRow | undefined;
  if (!row || !isIntactRow('tokens', row)) return;
  const changed = { ...row, ...change } as StoredRow & { last_used_at: number; revoked_at: number };
  database
    .prepare('UPDATE tokens SET last_used_at = ?, revoked_at = ?, digest = ? WHERE id = ?')
    .run(changed.last_used_at, changed.revoked_at, digestOf('tokens', changed), id);
}

export type TokenMethod = MethodName<SqliteTokens>;

/** Runs a method by its name, for callers that only pass it on. The names and arguments come from `remote`, which types them. */
export function callTokens(tokens: SqliteTokens, method: TokenMethod, args: readonly unknown[]): unknown {
  return Reflect.apply(tokens[method], tokens, args);
}

function selectTokens(database: Database, condition: string, ...values: string[]): TokenRecord[] {
  return tokenRows(database, condition, ...values)
    .filter((row) => isIntactRow('tokens', row))
    .map(recordOf);
}

function tokenRows(database: Database, condition: string, ...values: string[]): StoredRow[] {
  return database
    .prepare(`SELECT * FROM tokens WHERE ${condition} ORDER BY id`)
    .all(...values) as StoredRow[];
}

function recordOf({ id, integration, sha256, created_at, last_used_at, revoked_at }: StoredRow): TokenRecord {
  return {
    id,
    integration,
    sha256,
    createdAt: created_at,
    lastUsedAt: last_used_at,
    revokedAt: revoked_at,
  } as TokenRecord;
}

/** Returns the tokens that the disk has damaged: what can be read of them. */
export function damagedTokens(
  database: Database,
): Array<{ readonly id: number; readonly integration: string }> {
  return tokenRows(database, 'true').filter((row) => !isIntactRow('tokens', row)) as never;
}
