import { expect, it, onTestFinished } from 'vitest';
import type { IntegrationRules } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, NOW, rules, taken, trimAll } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

const LARGE = { text: 'x'.repeat(1000) };

async function openLimited(limits: Partial<IntegrationRules>) {
  const inbox = await sqliteDriver(tempFolder()).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules(limits), rules({ name: 'other' })]);
  return inbox;
}

it('an integration past max_waiting_bytes is refused alone, until enough of it is trimmed', async () => {
  const inbox = await openLimited({ maxWaitingBytes: 2500 });
  for (let n = 0; n < 3; n += 1) expect(await append(inbox, LARGE)).toEqual(taken({ stored: 1 }));
  const refused = { name: 'InboxUnavailable', message: expect.stringContaining('max_waiting_bytes') };
  const [mine, other] = await Promise.allSettled([
    append(inbox, LARGE),
    append(inbox, LARGE, { integration: 'other' }),
  ]);
  expect(mine).toMatchObject({ status: 'rejected', reason: refused });
  expect(other).toEqual({ status: 'fulfilled', value: taken({ stored: 1 }) });
  // Confirmed events go before their time, since the integration is past its limit.
  await trimAll(inbox, { confirmed: { 'web-data': 3 }, receivedBefore: NOW });
  expect(await append(inbox, LARGE)).toEqual(taken({ stored: 1 }));
});

it('an integration past max_quarantine_bytes is refused alone', async () => {
  const inbox = await openLimited({ maxQuarantineBytes: 3 });
  expect(await append(inbox, '12345')).toEqual(taken({ quarantined: 1 }));
  await expect(append(inbox, LARGE)).rejects.toMatchObject({
    name: 'InboxUnavailable',
    message: expect.stringContaining('max_quarantine_bytes'),
  });
  expect(await append(inbox, '5', { integration: 'other' })).toEqual(taken({ quarantined: 1 }));
});

it('bytes are counted, not characters, when events come and when they are trimmed', async () => {
  const inbox = await openLimited({ maxWaitingBytes: 2700 });
  const japanese = { text: '日'.repeat(400) };
  for (let n = 0; n < 3; n += 1) expect(await append(inbox, japanese)).toEqual(taken({ stored: 1 }));
  await trimAll(inbox, { confirmed: { 'web-data': 1 }, receivedBefore: NOW });
  expect(await append(inbox, japanese)).toEqual(taken({ stored: 1 }));
  await expect(append(inbox, japanese)).rejects.toMatchObject({ name: 'InboxUnavailable' });
});
