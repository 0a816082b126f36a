// Delivers the sample webhooks as their providers would.
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const PAYLOADS = 'examples/payloads';
/** Folder of samples -> integration of tap.config.json. */
const SENDERS = { delighted: 'stitch_delighted', vero: 'stitch_vero', webhooks: 'orders' };

/** Delivers all samples. @returns how many rows were stored. */
export async function deliverSamples(urls, secret) {
  console.log('\nSample webhooks:\n');
  let stored = 0;
  for (const [sender, integration] of Object.entries(SENDERS)) {
    for (const file of readdirSync(`${PAYLOADS}/${sender}`).sort()) {
      const body = readFileSync(`${PAYLOADS}/${sender}/${file}`);
      const answer = await deliver(urls[integration], body, sender === 'delighted' ? sign(body, secret) : {});
      stored += answer.stored ?? 0;
      console.log(`  ${integration.padEnd(18)} ${file.padEnd(32)} ${describe(answer)}`);
    }
  }
  return stored;
}

/** Delighted signs the raw body with the account's API key. */
function sign(body, secret) {
  return {
    'x-delighted-webhook-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}

async function deliver(url, body, headers) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { http: response.status, ...(await response.json()) };
}

function describe({ http, error, ...counts }) {
  const what = ['stored', 'duplicate', 'filtered', 'quarantined'].filter((name) => counts[name] > 0);
  const text = what.map((name) => `${counts[name]} ${name}`).join(', ');
  return `${http} ${error ?? (text || 'nothing to store')}`;
}
