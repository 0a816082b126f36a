import { usage } from '@tap-webhooks/singer';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { loadTapConfig } from '../config.js';
import type { TokenStore } from '../inbox/inbox.js';
import { openSqliteTokens } from '../inbox/sqlite/tokens.js';
import { resolveIntegrations } from '../integrations.js';
import { createdUrlText, createUrl, listedUrlsText, listUrls, revokeUrl } from './url.js';
import { withoutSecrets } from './without-secrets.js';

interface UrlArgs extends CommonArgs {
  readonly action: 'create' | 'list' | 'revoke';
  readonly integration: string;
  readonly id?: number;
  readonly json?: boolean;
}

/** `url create` makes an inbox when there is none: the URL is kept in it. The others do not. */
export async function urls(args: UrlArgs, { out, env }: Context): Promise<void> {
  if (Number.isNaN(args.id)) throw usage('The id of a URL is a number.');
  const config = loadTapConfig(args.config, env);
  const integrations = resolveIntegrations(withoutSecrets(config), env);
  const store = await openSqliteTokens(config.inbox_path, { create: args.action === 'create' });
  try {
    await out.write(await answer(args, config, integrations, store));
  } finally {
    await store.close();
  }
}

async function answer(
  { action, integration, id, json }: UrlArgs,
  config: ReturnType<typeof loadTapConfig>,
  integrations: ReturnType<typeof resolveIntegrations>,
  store: TokenStore,
): Promise<string> {
  if (action === 'create') {
    const created = await createUrl(config, integrations, integration, store);
    return json ? JSON.stringify(created, null, 2) : createdUrlText(created, config);
  }
  if (action === 'list') {
    const listed = await listUrls(integrations, integration, store);
    return json ? JSON.stringify({ urls: listed }, null, 2) : listedUrlsText(listed);
  }
  const revoked = await revokeUrl(integrations, integration, id, store);
  return json ? JSON.stringify({ revoked }) : `Revoked URL ${revoked} of ${integration}.`;
}
