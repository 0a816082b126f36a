import { usage } from '@tap-webhooks/singer';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { loadTapConfig, type TapConfig } from '../config.js';
import { noSuchUrl, publicUrlMissing, unknownIntegration, whichUrl } from '../errors.js';
import type { TokenRecord, TokenStore } from '../inbox/inbox.js';
import { openInbox } from '../inbox/open.js';
import { type Integration, resolveIntegrations, withoutSecrets } from '../integrations.js';
import { localUrl, webhookUrl } from '../names.js';
import { newToken, tokenDigest } from '../server/token-cache.js';
import { table } from './text-table.js';

/** What `url create --json` prints. The only time that the URL is to be seen. */
export interface CreatedUrl {
  readonly integration: string;
  readonly id: number;
  readonly url: string;
  /** What to do on the provider's settings page. */
  readonly steps: readonly string[];
}

/** What `url list --json` prints of each URL; the URL itself is not known any more. Times are RFC 3339, UTC. */
export interface ListedUrl {
  readonly id: number;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

/**
 * @throws ToolkitError `unknown_integration`, `too_many_urls` (two are live), `public_url_missing` (there is no port to name
 * instead); exit 1.
 */
export async function createUrl(
  config: Pick<TapConfig, 'public_url' | 'host' | 'port'>,
  integrations: readonly Integration[],
  name: string,
  store: TokenStore,
  now = Date.now(),
): Promise<CreatedUrl> {
  const integration = integrations.find(({ rules }) => rules.name === name);
  if (!integration) throw unknownIntegration(name, namesOf(integrations));
  if (config.public_url === undefined && config.port === 0) throw publicUrlMissing();
  const base = config.public_url ?? localUrl(config.host, config.port);
  const token = newToken();
  const { id } = await store.addToken(name, tokenDigest(token), now);
  const url = webhookUrl(base, name, token);
  return { integration: name, id, url, steps: integration.provider.steps(url) };
}

export function createdUrlText(created: CreatedUrl, config: Pick<TapConfig, 'public_url'>): string {
  const local =
    config.public_url === undefined
      ? ['`public_url` is not set, so this URL can be reached from this machine only.', '']
      : [];
  return [
    `URL ${created.id} of ${created.integration}, shown only this once:`,
    '',
    `  ${created.url}`,
    '',
    ...local,
    ...created.steps.map((step, index) => `${index + 1}. ${step}`),
  ].join('\n');
}

/** @throws ToolkitError `unknown_integration`, exit 1. */
export async function listUrls(
  integrations: readonly Integration[],
  name: string,
  store: TokenStore,
): Promise<readonly ListedUrl[]> {
  return (await tokensOf(integrations, name, store)).map((token) => ({
    id: token.id,
    created_at: moment(token.createdAt),
    last_used_at: token.lastUsedAt === null ? null : moment(token.lastUsedAt),
    revoked_at: token.revokedAt === null ? null : moment(token.revokedAt),
  }));
}

export function listedUrlsText(urls: readonly ListedUrl[]): string {
  if (urls.length === 0) return 'No URLs yet.';
  const rows = urls.map((url) => [
    String(url.id),
    url.created_at,
    url.last_used_at ?? 'never',
    url.revoked_at === null ? 'live' : `revoked ${url.revoked_at}`,
  ]);
  return table(['id', 'created', 'last used', 'state'], rows);
}

/**
 * @param id may be left out when one URL is live. A running receiver refuses the URL within a second.
 * @returns id of the revoked URL.
 * @throws ToolkitError `unknown_integration`, `which_url`, `no_such_url`; exit 1.
 */
export async function revokeUrl(
  integrations: readonly Integration[],
  name: string,
  id: number | undefined,
  store: TokenStore,
  now = Date.now(),
): Promise<number> {
  const live = (await tokensOf(integrations, name, store)).filter(({ revokedAt }) => revokedAt === null);
  const [only, ...others] = live;
  if (id === undefined && (!only || others.length > 0)) throw whichUrl(name, live.length);
  const chosen = id ?? (only as TokenRecord).id;
  if (!(await store.revokeToken(name, chosen, now))) throw noSuchUrl(name, chosen);
  return chosen;
}

/** An integration that has left the config may still have URLs to revoke. */
async function tokensOf(
  integrations: readonly Integration[],
  name: string,
  store: TokenStore,
): Promise<TokenRecord[]> {
  const tokens = await store.tokensOf(name);
  if (tokens.length === 0 && !namesOf(integrations).includes(name))
    throw unknownIntegration(name, namesOf(integrations));
  return tokens;
}

function namesOf(integrations: readonly Integration[]): string[] {
  return integrations.map(({ rules }) => rules.name);
}

function moment(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

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
  const store = await openInbox(config, 'admin', { create: args.action === 'create' });
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
