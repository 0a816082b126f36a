import { calendly } from './calendly.js';
import { cloudevents } from './cloudevents.js';
import { customerio } from './customerio.js';
import { delighted } from './delighted.js';
import { github } from './github.js';
import { gitlab } from './gitlab.js';
import { hubspot } from './hubspot.js';
import { intercom } from './intercom.js';
import { mailgun } from './mailgun.js';
import type { Provider } from './provider.js';
import { segment } from './segment.js';
import { sendgrid } from './sendgrid.js';
import { shopify } from './shopify.js';
import { standardWebhooks } from './standard-webhooks.js';
import { stripe } from './stripe.js';
import { typeform } from './typeform.js';
import { vero } from './vero.js';
import { webhooks } from './webhooks.js';
import { zendesk } from './zendesk.js';

/** Every provider, in the order in which people see them. */
export const providers: readonly Provider[] = [
  delighted,
  vero,
  github,
  gitlab,
  stripe,
  shopify,
  segment,
  standardWebhooks,
  sendgrid,
  mailgun,
  hubspot,
  intercom,
  customerio,
  typeform,
  calendly,
  zendesk,
  cloudevents,
  webhooks,
];

export const providerNames: readonly string[] = providers.map((provider) => provider.name);

export function findProvider(name: string): Provider | undefined {
  return providers.find((provider) => provider.name === name);
}
