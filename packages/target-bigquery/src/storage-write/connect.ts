import { authClient } from '../api/credentials.js';
import type { Config } from '../config.js';
import { storageEndpointMissing } from '../errors.js';
import { openWriteClient } from './connection.js';
import type { WriteClient, WriteDeadlines } from './write-client.js';

export const DEADLINES: WriteDeadlines = { callMs: 60_000, answerMs: 120_000 };

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
): Promise<WriteClient> {
  // an endpoint of one's own is never shown real credentials, whichever of the two it is
  const endpoint = config.storage_api_endpoint;
  if (endpoint === undefined && config.api_endpoint !== undefined) throw storageEndpointMissing();
  const auth = await authClient(endpoint === undefined ? config : { ...config, api_endpoint: endpoint });
  return openWriteClient({ project: config.project, auth, endpoint, deadlines });
}
