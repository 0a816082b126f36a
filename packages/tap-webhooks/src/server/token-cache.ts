import { hash, randomBytes } from 'node:crypto';
import type { Logger } from '@tap-webhooks/singer';
import type { TokenRecord, TokenStore } from '../inbox/inbox.js';

/** Returns 256 random bits as 64 hexadecimal digits. */
export function newToken(): string {
  return randomBytes(32).toString('hex');
}

/**
 * Returns the SHA-256 of a token as hex. Only this is stored, and tokens are looked up by it: how long a look-up of a digest
 * takes reveals nothing about the token.
 */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'hex');
}

/**
 * Keeps the live URL tokens in memory and reads them again regularly, since `url create` and `url revoke` run in other
 * processes. An unknown integration, a wrong token and a revoked one take the same work to refuse.
 */
export class TokenCache {
  readonly #store: Pick<TokenStore, 'liveTokens'>;
  readonly #log: Logger;
  readonly #pollMs: number;
  #tokens: ReadonlyMap<string, TokenRecord> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isFailing = false;

  constructor(store: Pick<TokenStore, 'liveTokens'>, log: Logger, pollMs: number) {
    this.#store = store;
    this.#log = log;
    this.#pollMs = pollMs;
  }

  /** Resolves once the tokens were read for the first time. */
  async start(): Promise<void> {
    this.#keep(await this.#store.liveTokens());
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Returns the token's record when it is live and belongs to this integration. */
  find(integration: string, token: string): TokenRecord | undefined {
    const found = this.#tokens.get(tokenDigest(token));
    return found?.integration === integration ? found : undefined;
  }

  #keep(tokens: readonly TokenRecord[]): void {
    this.#tokens = new Map(tokens.map((token) => [token.sha256, token]));
  }

  /** Schedules the next read. It starts only after the last one has ended, however long that took. */
  #next(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#refresh(), this.#pollMs);
  }

  async #refresh(): Promise<void> {
    try {
      this.#keep(await this.#store.liveTokens());
      this.#isFailing = false;
    } catch {
      // Going on with the known tokens is better than refusing everybody.
      if (!this.#isFailing && !this.#isStopped)
        this.#log.warn('The URL tokens cannot be read at the moment; the known ones stay valid');
      this.#isFailing = true;
    }
    this.#next();
  }
}
