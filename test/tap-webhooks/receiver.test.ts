import { join } from 'node:path';
import { createLogger } from '@tap-webhooks/singer/log';
import { openInbox, startReceiver } from 'tap-webhooks';
import { expect, it } from 'vitest';
import { createUrl } from '../../packages/tap-webhooks/dist/commands/url.js';
import { resolveIntegrations } from '../../packages/tap-webhooks/dist/integrations.js';
import { tempFolder } from '../helpers/temp.js';
import { tapConfig } from './config/tap-config.js';

it('a program can start a receiver, and close it so that another can start', async () => {
  const config = tapConfig({
    inbox_path: join(tempFolder(), 'inbox'),
    integrations: [{ name: 'shop', provider: 'webhooks' }],
    port: 0,
    public_url: 'https://hooks.example.com',
  });
  const tokens = await openInbox(config, 'admin', { create: true });
  const { url } = await createUrl(config, resolveIntegrations(config, {}), 'shop', tokens);
  await tokens.close();
  const log = createLogger('test');

  const receiver = await startReceiver(config, log, {});
  const answer = await fetch(`${receiver.address}${new URL(url).pathname}`, {
    method: 'POST',
    body: '{"n":1}',
  });
  expect(answer.status).toBe(200);
  await receiver.close();

  const reader = await openInbox(config, 'reader');
  expect(await reader.newest()).toBe(1);
  await reader.close();
  await (await startReceiver(config, log, {})).close();
});
