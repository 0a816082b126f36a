import type { ReadRequest } from '../inbox.js';
import { type Database, openForReading } from './database.js';
import { SqliteQueries } from './queries.js';
import type { ThreadSettings } from './thread-client.js';
import { SqliteTokens } from './tokens.js';

/** What a reading thread answers. */
export class ReadingSide {
  readonly opened: { readonly incarnation: string };
  readonly #database: Database;
  readonly #queries: SqliteQueries;
  readonly #tokens: SqliteTokens;

  constructor({ folder }: ThreadSettings) {
    this.#database = openForReading(folder);
    this.#queries = new SqliteQueries(this.#database, folder);
    this.#tokens = new SqliteTokens(this.#database);
    this.opened = { incarnation: this.#queries.incarnation };
  }

  newest = () => this.#queries.newest();
  read = (request: ReadRequest) => this.#queries.read(request);
  schema = (stream: string, version: number) => this.#queries.schema(stream, version);
  schemas = () => this.#queries.schemas();
  check = (position: number) => this.#queries.check(position);
  streams = () => this.#queries.streams();
  totals = () => this.#queries.totals();
  liveTokens = () => this.#tokens.liveTokens();
  tokensOf = (integration: string) => this.#tokens.tokensOf(integration);
  close = () => this.#database.close();
}
