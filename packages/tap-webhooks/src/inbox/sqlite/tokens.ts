import { inboxUnusable, tooManyUrls } from '../../errors.js';
import type { TokenRecord, TokenStore } from '../inbox.js';
import { type Database, inboxFile, inTransaction, openForWriting, sqliteCode } from './database.js';

/** Live URLs that an integration may have at a time: one, and one to change over to. */
const MOST_LIVE = 2;

/** URL tokens on SQLite. Adding and revoking are short transactions, safe beside a receiver in another process. */
export class SqliteTokens {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  liveTokens(): TokenRecord[] {
    return this.#select('revoked_at IS NULL');
  }

  tokensOf(integration: string): TokenRecord[] {
    return this.#select('integration = ?', integration);
  }

  addToken(integration: string, sha256: string, now: number): TokenRecord {
    return inTransaction(this.#database, () => {
      const live = this.#select('integration = ? AND revoked_at IS NULL', integration);
      if (live.length >= MOST_LIVE) throw tooManyUrls(integration);
      this.#database
        .prepare('INSERT INTO tokens (integration, sha256, created_at) VALUES (?, ?, ?)')
        .run(integration, sha256, now);
      return this.#select('sha256 = ?', sha256)[0] as TokenRecord;
    });
  }

  revokeToken(integration: string, id: number, now: number): boolean {
    const { changes } = this.#database
      .prepare('UPDATE tokens SET revoked_at = ? WHERE integration = ? AND id = ? AND revoked_at IS NULL')
      .run(now, integration, id);
    return changes === 1;
  }

  #select(condition: string, ...values: string[]): TokenRecord[] {
    return this.#database
      .prepare(
        `SELECT id, integration, sha256, created_at AS createdAt, last_used_at AS lastUsedAt, revoked_at AS revokedAt
         FROM tokens WHERE ${condition} ORDER BY id`,
      )
      .all(...values) as TokenRecord[];
  }
}

/**
 * The tokens alone, for commands that run beside a receiver.
 * @param options.create make the inbox when there is none, and be able to write.
 * @throws ToolkitError `no_inbox` and the other errors of opening; exit 1. Its methods reject with `inbox_unusable` too.
 */
export async function openSqliteTokens(
  folder: string,
  options: { create: boolean },
): Promise<TokenStore & { close(): Promise<void> }> {
  const database = openForWriting(folder, { ...options, migrate: false });
  const tokens = new SqliteTokens(database);
  const told = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (cause) {
      throw sqliteCode(cause) === undefined
        ? cause
        : inboxUnusable(inboxFile(folder), (cause as Error).message);
    }
  };
  return {
    liveTokens: () => told(() => tokens.liveTokens()),
    tokensOf: (integration) => told(() => tokens.tokensOf(integration)),
    addToken: (integration, sha256, now) => told(() => tokens.addToken(integration, sha256, now)),
    revokeToken: (integration, id, now) => told(() => tokens.revokeToken(integration, id, now)),
    close: () => told(() => database.close()),
  };
}
