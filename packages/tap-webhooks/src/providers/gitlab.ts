import { GIVE_SECRET, type Provider } from './provider.js';

/** GitLab (gitlab.com, or self-managed): events of projects and groups. */
export const gitlab: Provider = {
  name: 'gitlab',
  title: 'GitLab',
  verification: { scheme: 'header', header: 'x-gitlab-token' },
  // The two are the same; before GitLab 17.4 there is none.
  deliveryId: { header: 'idempotency-key', alternatives: ['webhook-id'] },
  eventType: { header: 'x-gitlab-event' },
  keyProperties: [],
  bodyLimitBytes: 26_214_400,
  facts: {
    uncovered:
      'Everything: the token is shown, not used to sign. Whoever sees one request can send others. A signing token (GitLab 19.0 and later) covers id, time and body.',
    retries:
      'An answer counts as failed when it is not 2xx within 10 s. After 4 failures in a row GitLab pauses the webhook, for 1 minute up to 24 hours; after 40 it disables it.',
    notes: [
      'With a signing token (`whsec_…`), set `"verification": {"scheme": "standard-webhooks"}` and give that token.',
    ],
    unconfirmed: ['Which failed deliveries GitLab sends again by itself.'],
    sources: [
      'docs.gitlab.com: Webhooks',
      'gitlab-org/gitlab merge request 230944 (signing tokens)',
      'hookdeck/webhook-skills',
    ],
  },
  steps: (url) => [
    'In GitLab, open the project or group, then Settings, then Webhooks, and choose Add new webhook.',
    `Paste this URL: ${url}`,
    `Type a long random text as Secret token, and ${GIVE_SECRET}.`,
    'Tick the events under Trigger, leave Enable SSL verification ticked, and choose Add webhook.',
  ],
};
