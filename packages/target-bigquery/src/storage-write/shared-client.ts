import type { Config } from '../config.js';
import type { WriteClient } from './write-client.js';

/** The Storage Write API as all tables of a run share it: imported and connected when the first one asks. */
export class SharedWriteClient {
  readonly #config: Config;
  #client: Promise<WriteClient> | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  /** @throws ToolkitError `credentials_unusable`, exit 1. */
  get(): Promise<WriteClient> {
    this.#client ??= import('./connect.js').then(({ connectStorage }) => connectStorage(this.#config));
    return this.#client;
  }

  async close(): Promise<void> {
    await (await this.#client?.catch(() => undefined))?.close();
  }
}
