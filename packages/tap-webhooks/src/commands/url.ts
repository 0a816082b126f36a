import { usage } from '@tap-webhooks/singer';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { readTapConfig, type TapConfig } from '../config.js';
import { noSuchUrl, publicUrlMissing, unknownIntegration, whichUrl } from '../errors.js';
import type { TokenRecord, TokenStore } from '../inbox/inbox.js';
import { openInbox } from '../inbox/open.js';
import { type Integration, resolveIntegrations, withoutSecrets } from '../integrations.js';
import { localUrl, webhookUrl } from '../names.js';
import { newToken, tokenDigest } from '../server/token-cache.js';
import { table } from './text-table.js';

export interface UrlCreateArgs extends CommonArgs {
  readonly integration: string;
  readonly json?: boolean;
}

export interface UrlListArgs extends CommonArgs {
  /** Name of an integration; absent for all of them. */
  readonly integration?: string;
  readonly json?: boolean;
}

export interface UrlRevokeArgs extends UrlCreateArgs {
  readonly id?: number;
}

/** What `url create --json` prints. The URL is never shown again. */
export interface CreatedUrl {
  readonly integration: string;
  readonly id: number;
  readonly url: string;
  /** What to do on the provider's settings page. */
  readonly steps: readonly string[];
}

/** What `url list --json` prints per URL, without the URL, which is stored nowhere. Times are RFC 3339, UTC. */
export interface ListedUrl {
  readonly integration: string;
  readonly id: number;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

/** Runs `url create`. It creates the inbox when there is none, since the URL's token is kept in it. */
export async function urlCreate(args: UrlCreateArgs, context: Context): Promise<void> {
  await withTokens(args, context, true, async (config, integrations, store) => {
    const created = await createUrl(config, integrations, args.integration, store);
    return args.json ? JSON.stringify(created, null, 2) : createdUrlText(created, config);
  });
}

export async function urlList(args: UrlListArgs, context: Context): Promise<void> {
  await withTokens(args, context, false, async (_config, integrations, store) => {
    const listed =
      args.integration === undefined
        ? await listAllUrls(integrations, store)
        : await listUrls(integrations, args.integration, store);
    return args.json ? JSON.stringify({ urls: listed }, null, 2) : listedUrlsText(listed);
  });
}

export async function urlRevoke(args: UrlRevokeArgs, context: Context): Promise<void> {
  if (Number.isNaN(args.id)) throw usage('The id of a URL is a number, as `tap-webhooks url list` shows it.');
  await withTokens(args, context, false, async (_config, integrations, store) => {
    const revoked = await revokeUrl(integrations, args.integration, args.id, store);
    return args.json ? JSON.stringify({ revoked }) : `Revoked URL ${revoked} of ${args.integration}.`;
  });
}

async function withTokens(
  args: CommonArgs,
  context: Context,
  create: boolean,
  answer: (config: TapConfig, integrations: readonly Integration[], store: TokenStore) => Promise<string>,
): Promise<void> {
  const config = readTapConfig(args, context);
  const integrations = resolveIntegrations(withoutSecrets(config), context.env);
  const store = await openInbox(config, 'admin', { create });
  try {
    await context.out.write(await answer(config, integrations, store));
  } finally {
    await store.close();
  }
}

/**
 * Creates a URL for an integration.
 * @throws ToolkitError `unknown_integration`, `too_many_urls` (two are live), `public_url_missing` (and the port is not fixed
 * either); exit 1.
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
  const localOnly = [
    'Only this machine can reach this URL, because `public_url` is not set. Set it to the address of this receiver on the internet.',
    '',
  ];
  return [
    `URL ${created.id} of ${created.integration}. Copy it now, it is not shown again:`,
    '',
    `  ${created.url}`,
    '',
    ...(config.public_url === undefined ? localOnly : []),
    ...created.steps.map((step, index) => `${index + 1}. ${step}`),
  ].join('\n');
}

/**
 * Lists the URLs of one integration, oldest first, including revoked ones.
 * @throws ToolkitError `unknown_integration`, exit 1.
 */
export async function listUrls(
  integrations: readonly Integration[],
  name: string,
  store: TokenStore,
): Promise<readonly ListedUrl[]> {
  return (await tokensOf(integrations, name, store)).map(listed);
}

/** Lists the URLs of all integrations of the config, and of those that left the config while they had a live URL. */
export async function listAllUrls(
  integrations: readonly Integration[],
  store: TokenStore,
): Promise<readonly ListedUrl[]> {
  const live = (await store.liveTokens()).map((token) => token.integration);
  const names = new Set([...namesOf(integrations), ...live.sort()]);
  const tokens = await Promise.all([...names].map((name) => store.tokensOf(name)));
  return tokens.flat().map(listed);
}

export function listedUrlsText(urls: readonly ListedUrl[]): string {
  if (urls.length === 0)
    return 'There are no URLs yet. Create one with `tap-webhooks url create <integration>`.';
  const rows = urls.map((url) => [
    url.integration,
    String(url.id),
    url.created_at,
    url.last_used_at ?? 'never',
    url.revoked_at === null ? 'live' : `revoked ${url.revoked_at}`,
  ]);
  return table(['integration', 'id', 'created', 'last used', 'state'], rows);
}

/**
 * Revokes a URL. A running receiver refuses it within a second.
 * @param id may be undefined when only one URL is live.
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

/** An integration that has left the config may still have URLs to list and revoke. */
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

function listed({ integration, id, createdAt, lastUsedAt, revokedAt }: TokenRecord): ListedUrl {
  return {
    integration,
    id,
    created_at: moment(createdAt),
    last_used_at: lastUsedAt === null ? null : moment(lastUsedAt),
    revoked_at: revokedAt === null ? null : moment(revokedAt),
  };
}

function moment(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
