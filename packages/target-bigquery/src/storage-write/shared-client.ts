import { authClient } from '../api/credentials.js';
import type { Config } from '../config.js';
import { storageEndpointMissing } from '../errors.js';
import { openWriteClient } from './connection.js';
import type { WriteClient, WriteDeadlines } from './write-client.js';

const DEADLINES: WriteDeadlines = { callMs: 60_000, answerMs: 120_000 };

/**
 * Opens the Storage Write API of the configured project. Google's library is imported here, not before.
 * @throws ToolkitError `credentials_unusable`, `storage_endpoint_missing`, exit 1.
 */
export async function connectStorage(
  config: Pick<
    Config,
    | 'project'
    | 'api_endpoint'
    | 'storage_api_endpoint'
    | 'credentials_path'
    | 'credentials_json'
    | 'impersonate_service_account'
  >,
  deadlines: WriteDeadlines = DEADLINES,
): Promise<WriteClient> {
  // an emulator is never shown real credentials, whichever of the two endpoints is its own
  const endpoint = config.storage_api_endpoint;
  if (endpoint === undefined && config.api_endpoint !== undefined) throw storageEndpointMissing();
  const auth = await authClient(endpoint === undefined ? config : { ...config, api_endpoint: endpoint });
  return openWriteClient({ project: config.project, auth, endpoint, deadlines });
}

/** The Storage Write API as all tables of a run share it: connected when the first one asks. */
export class SharedWriteClient {
  readonly #config: Config;
  #client: Promise<WriteClient> | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  /** @throws ToolkitError `credentials_unusable`, `storage_endpoint_missing`, exit 1. */
  get(): Promise<WriteClient> {
    this.#client ??= connectStorage(this.#config);
    return this.#client;
  }

  async close(): Promise<void> {
    await (await this.#client?.catch(() => undefined))?.close();
  }
}
