import { describe, expect, it } from 'vitest';
import {
  createdUrlText,
  createUrl,
  listAllUrls,
  listedUrlsText,
  listUrls,
  revokeUrl,
} from '../../../packages/tap-webhooks/dist/commands/url.js';
import { resolveIntegrations } from '../../../packages/tap-webhooks/dist/integrations.js';
import { tokenDigest } from '../../../packages/tap-webhooks/dist/server/token-cache.js';
import { openMemoryInbox } from '../../helpers/memory-driver.js';
import { tapConfig } from '../config/tap-config.js';

const config = tapConfig({
  public_url: 'https://hooks.example.com',
  integrations: [
    { name: 'shop', provider: 'webhooks' },
    { display_name: 'Stitch Vero', provider: 'vero' },
  ],
});
const integrations = resolveIntegrations(config, {});
const JANUARY = Date.UTC(2026, 0, 1);

async function home() {
  const store = await openMemoryInbox();
  await store.setRules(integrations.map(({ rules }) => rules));
  const create = (name = 'shop', now = JANUARY) => createUrl(config, integrations, name, store, now);
  return { store, create };
}

describe('url create', () => {
  it('gives a URL with a new token, which is stored only as its digest', async () => {
    const { store, create } = await home();
    const { url } = await create();
    const [, token = ''] = /^https:\/\/hooks\.example\.com\/v1\/shop\/([0-9a-f]{64})$/.exec(url) ?? [];
    const [stored] = await store.liveTokens();
    expect(stored?.sha256).toBe(tokenDigest(token));
    expect(JSON.stringify(await store.tokensOf('shop'))).not.toContain(token);
  });

  it("comes with the provider's steps, numbered", async () => {
    const { create } = await home();
    const created = await create('stitch_vero');
    expect(createdUrlText(created, config).split('\n')).toEqual([
      `URL ${created.id} of stitch_vero. Copy it now, it is not shown again:`,
      '',
      `  ${created.url}`,
      '',
      '1. In Vero, open Settings, then Integrations, then Custom Integration (Webhooks), then View.',
      `2. Choose Add Webhooks Integration, paste this Notification URL and choose Save: ${created.url}`,
      expect.stringMatching(/^3\. Tick the events/),
      expect.stringMatching(/^4\. Vero does not sign/),
    ]);
  });

  it('refuses a third while two are live, and allows it when one is revoked', async () => {
    const { store, create } = await home();
    const { id } = await create();
    await create();
    await expect(create()).rejects.toMatchObject({ code: 'too_many_urls', exitCode: 1 });
    await revokeUrl(integrations, 'shop', id, store);
    await expect(create()).resolves.toMatchObject({ integration: 'shop' });
  });

  it('allows two per integration', async () => {
    const { create } = await home();
    await create('shop');
    await create('shop');
    await expect(create('stitch_vero')).resolves.toMatchObject({ integration: 'stitch_vero' });
  });

  it('names the integrations that there are, and the nearest', async () => {
    const { create } = await home();
    await expect(create('shopp')).rejects.toThrow(
      'There is no integration "shopp": the config has shop, stitch_vero. Did you mean shop?',
    );
  });

  it('without public_url uses the address on this machine, and says so', async () => {
    const { store } = await home();
    const local = tapConfig({ integrations: [{ name: 'shop', provider: 'webhooks' }] });
    const created = await createUrl(local, integrations, 'shop', store);
    expect(created.url).toMatch(/^http:\/\/127\.0\.0\.1:8080\/v1\/shop\//);
    expect(createdUrlText(created, local)).toContain('Only this machine can reach this URL');
  });

  it('without public_url and port fails, since there is no address', async () => {
    const { store } = await home();
    const nowhere = tapConfig({ port: 0 });
    await expect(createUrl(nowhere, integrations, 'shop', store)).rejects.toMatchObject({
      code: 'public_url_missing',
    });
  });
});

describe('url list', () => {
  it('shows id, created, last used and revoked, but no token', async () => {
    const { store, create } = await home();
    const { id } = await create();
    const other = await create();
    await revokeUrl(integrations, 'shop', id, store, JANUARY + 60_000);
    expect(await listUrls(integrations, 'shop', store)).toEqual([
      {
        integration: 'shop',
        id,
        created_at: '2026-01-01T00:00:00.000Z',
        last_used_at: null,
        revoked_at: '2026-01-01T00:01:00.000Z',
      },
      {
        integration: 'shop',
        id: other.id,
        created_at: '2026-01-01T00:00:00.000Z',
        last_used_at: null,
        revoked_at: null,
      },
    ]);
  });

  it('without an integration lists those of all, also of one that left the config', async () => {
    const { store, create } = await home();
    await create('stitch_vero');
    await create('shop');
    const { id } = await create('shop');
    await revokeUrl(integrations, 'shop', id, store);
    const vero = integrations.filter(({ rules }) => rules.name === 'stitch_vero');
    const listed = await listAllUrls(vero, store);
    expect(listed.map(({ integration, revoked_at }) => [integration, revoked_at === null])).toEqual([
      ['stitch_vero', true],
      ['shop', true],
      ['shop', false],
    ]);
  });

  it('is a table for people', () => {
    expect(
      listedUrlsText([
        {
          integration: 'shop',
          id: 1,
          created_at: '2026-01-01T00:00:00.000Z',
          last_used_at: null,
          revoked_at: '2026-01-02T00:00:00.000Z',
        },
        {
          integration: 'shop',
          id: 2,
          created_at: '2026-01-01T00:00:00.000Z',
          last_used_at: '2026-01-03T00:00:00.000Z',
          revoked_at: null,
        },
      ]).split('\n'),
    ).toEqual([
      'integration  id  created                   last used                 state',
      'shop         1   2026-01-01T00:00:00.000Z  never                     revoked 2026-01-02T00:00:00.000Z',
      'shop         2   2026-01-01T00:00:00.000Z  2026-01-03T00:00:00.000Z  live',
    ]);
    expect(listedUrlsText([])).toContain('There are no URLs yet.');
  });
});

describe('url revoke', () => {
  it('needs no id when one is live', async () => {
    const { store, create } = await home();
    const { id } = await create();
    expect(await revokeUrl(integrations, 'shop', undefined, store)).toBe(id);
    expect(await store.liveTokens()).toEqual([]);
  });

  it('needs an id when two are live', async () => {
    const { store, create } = await home();
    await create();
    await create();
    await expect(revokeUrl(integrations, 'shop', undefined, store)).rejects.toMatchObject({
      code: 'which_url',
    });
  });

  it('fails with a sentence when none is live', async () => {
    const { store } = await home();
    await expect(revokeUrl(integrations, 'shop', undefined, store)).rejects.toThrow(
      'shop has no live URL to revoke.',
    );
  });

  it("does not touch another integration's", async () => {
    const { store, create } = await home();
    const { id } = await create('stitch_vero');
    await expect(revokeUrl(integrations, 'shop', id, store)).rejects.toMatchObject({ code: 'no_such_url' });
    expect(await store.liveTokens()).toHaveLength(1);
  });

  it('works for an integration that has left the config', async () => {
    const { store, create } = await home();
    const { id } = await create();
    expect(await revokeUrl([], 'shop', undefined, store)).toBe(id);
  });
});
