import type { Config } from '../config.js';
import type { Storage } from './connect.js';

/** The Storage Write API as all tables of a run share it: imported and connected when the first one asks. */
export class SharedWriteClient {
  readonly #config: Config;
  #storage: Promise<Storage> | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  /** @throws ToolkitError `credentials_unusable`, exit 1. */
  get(): Promise<Storage> {
    this.#storage ??= import('./connect.js').then(({ connectStorage }) => connectStorage(this.#config));
    return this.#storage;
  }

  async close(): Promise<void> {
    await (await this.#storage?.catch(() => undefined))?.close();
  }
}
