import { hash, randomBytes } from 'node:crypto';
import type { Logger } from '@tap-webhooks/singer';
import type { TokenRecord, TokenStore } from '../inbox/inbox.js';

/** 256 bits, as 64 hexadecimal digits. */
export function newToken(): string {
  return randomBytes(32).toString('hex');
}

/**
 * What is stored of a token, and what tokens are looked up by: an index over digests tells nothing about a token by how long
 * a look-up takes.
 * @returns SHA-256, hex.
 */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'hex');
}

/**
 * The live URL tokens in memory, read again all the time, since `url create` and `url revoke` run in other processes. Looked
 * up by digest, so that an unknown integration, a wrong token and a revoked one take the same work.
 */
export class TokenCache {
  readonly #store: Pick<TokenStore, 'liveTokens'>;
  readonly #log: Logger;
  readonly #pollMs: number;
  #tokens: ReadonlyMap<string, TokenRecord> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  constructor(store: Pick<TokenStore, 'liveTokens'>, log: Logger, pollMs: number) {
    this.#store = store;
    this.#log = log;
    this.#pollMs = pollMs;
  }

  /** Resolves with the first tokens read. */
  async start(): Promise<void> {
    this.#keep(await this.#store.liveTokens());
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The live token, when it is one of this integration. */
  find(integration: string, token: string): TokenRecord | undefined {
    const found = this.#tokens.get(tokenDigest(token));
    return found?.integration === integration ? found : undefined;
  }

  #keep(tokens: readonly TokenRecord[]): void {
    this.#tokens = new Map(tokens.map((token) => [token.sha256, token]));
  }

  /** The next reading begins when the last one is over, however long it took. */
  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#refresh(), this.#pollMs);
  }

  async #refresh(): Promise<void> {
    try {
      this.#keep(await this.#store.liveTokens());
      this.#failing = false;
    } catch {
      // Better to go on with the tokens known than to refuse everybody.
      if (!this.#failing && !this.#stopped)
        this.#log.warn('The URL tokens cannot be read at the moment; those known stay valid');
      this.#failing = true;
    }
    this.#next();
  }
}
