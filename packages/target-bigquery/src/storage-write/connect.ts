import { authClient } from '../api/credentials.js';
import type { Config } from '../config.js';
import { storageEndpointMissing } from '../errors.js';
import { openWriteClient } from './connection.js';
import { StreamEndings } from './records.js';
import { RowCutter } from './row-cutter.js';
import type { WriteClient, WriteDeadlines } from './write-client.js';

export const DEADLINES: WriteDeadlines = { callMs: 60_000, answerMs: 120_000 };

/** What all tables of a run share. */
export interface Storage {
  readonly client: WriteClient;
  readonly cutter: RowCutter;
  readonly endings: StreamEndings;
  /** Records which streams were ended, and lets go of connections and threads. */
  close(): Promise<void>;
}

/**
 * Opens the Storage Write API of the configured project, once for all tables.
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
): Promise<Storage> {
  // an endpoint of one's own is never shown real credentials, whichever of the two it is
  const endpoint = config.storage_api_endpoint;
  if (endpoint === undefined && config.api_endpoint !== undefined) throw storageEndpointMissing();
  const auth = await authClient(endpoint === undefined ? config : { ...config, api_endpoint: endpoint });
  const client = await openWriteClient({ project: config.project, auth, endpoint, deadlines });
  const cutter = new RowCutter();
  const endings = new StreamEndings();
  return {
    client,
    cutter,
    endings,
    async close() {
      await endings.flush();
      await Promise.all([client.close(), cutter.close()]);
    },
  };
}
