import type { MethodName } from '@tap-webhooks/singer/worker';
import { tooManyUrls } from '../../errors.js';
import type { TokenRecord } from '../inbox.js';
import { type Database, inTransaction } from './database.js';

/** Live URLs that an integration may have at a time, so that one can be replaced by another. */
const MOST_LIVE = 2;

/** URL tokens, as readers see them. */
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
      this.database
        .prepare('INSERT INTO tokens (integration, sha256, created_at) VALUES (?, ?, ?)')
        .run(integration, sha256, now);
      return selectTokens(this.database, 'sha256 = ?', sha256)[0] as TokenRecord;
    });
  }

  revokeToken(integration: string, id: number, now: number): boolean {
    const { changes } = this.database
      .prepare('UPDATE tokens SET revoked_at = ? WHERE integration = ? AND id = ? AND revoked_at IS NULL')
      .run(now, integration, id);
    return changes === 1;
  }
}

export type TokenMethod = MethodName<SqliteTokens>;

/** Runs a method by its name, for callers that only pass it on. The names and arguments come from `remote`, which types them. */
export function callTokens(tokens: SqliteTokens, method: TokenMethod, args: readonly unknown[]): unknown {
  return Reflect.apply(tokens[method], tokens, args);
}

function selectTokens(database: Database, condition: string, ...values: string[]): TokenRecord[] {
  return database
    .prepare(
      `SELECT id, integration, sha256, created_at AS createdAt, last_used_at AS lastUsedAt, revoked_at AS revokedAt
       FROM tokens WHERE ${condition} ORDER BY id`,
    )
    .all(...values) as TokenRecord[];
}
