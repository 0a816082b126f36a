import type { Provider } from './provider.js';
import { integer, object, payload, seconds, text } from './schema-parts.js';

/**
 * Only members whose type recorded payloads confirm: a wrong one would split a column that real data would not. The others
 * (a user's `id`, `changes`, `failed_at`, …) get their type from the data.
 */
const schema = payload('Webhook of Vero', {
  type: text(
    'sent, delivered, opened, clicked, failed, bounced, converted, unsubscribed, resubscribed, complained, user_created or user_updated',
  ),
  user: object('The recipient, or the user that was created or updated', { email: text('Email address') }),
  campaign: object('The campaign; an unsubscribe names it by other members than the rest', {
    id: integer('Id of the campaign'),
    type: text('Kind of campaign, such as transactional'),
    name: text('Name'),
    subject: text('Subject line'),
    'trigger-event': text('The event that triggered it; only for transactional and behavioral campaigns'),
    permalink: text('Page of the message'),
    channel: text('Such as email'),
    sent_to: text('Address that it was sent to'),
    locale: text('Language of the message'),
    campaign_title: text('In an unsubscribe: name of the campaign'),
    series_title: text('In an unsubscribe: name of the series'),
    email_subject: text('In an unsubscribe: subject line'),
    message_id: text('In an unsubscribe: id of the message'),
  }),
  message_id: text('Id of the message; the same in all its events'),
  sent_at: seconds('When it was sent'),
  delivered_at: seconds('When it was delivered'),
  opened_at: seconds('When it was opened'),
  clicked_at: seconds('When a link in it was clicked'),
  bounced_at: seconds('When it bounced'),
  unsubscribed_at: seconds('When the user unsubscribed'),
  user_agent: text('Program that opened it, or followed the link'),
  bounce_type: text('Such as hard'),
  bounce_code: integer("Code that the recipient's mail server answered"),
  bounce_message: text("Message that the recipient's mail server answered"),
});

/** Vero (getvero.com): email events and changes of users, one event per delivery. It signs nothing and sends no event id. */
export const vero: Provider = {
  name: 'vero',
  title: 'Vero',
  eventType: { body: ['type'] },
  keyProperties: [],
  latestBy: {
    column: 'type',
    paths: {
      user_created: 'user.id',
      user_updated: 'user.id',
      unsubscribed: 'user.id',
      resubscribed: 'user.id',
      sent: 'message_id',
      delivered: 'message_id',
      opened: 'message_id',
      clicked: 'message_id',
      bounced: 'message_id',
      failed: 'message_id',
      complained: 'message_id',
      converted: 'message_id',
    },
  },
  schema,
  facts: {
    uncovered: 'Everything: Vero signs nothing, so the URL alone protects the endpoint.',
    retries: 'Not documented. Vero sends no event id, so a retry makes a second row.',
    unconfirmed: [
      'That Vero signs nothing: no page of its documentation names a signature.',
      'The payloads of failed and complained.',
    ],
    sources: [
      'help.getvero.com: Setting up webhooks',
      'willegan/getvero.github.io: setting-up-veros-webhooks.md',
      'activepieces/activepieces: pieces/community/vero',
    ],
  },
  steps: (url) => [
    'In Vero, open Settings, then Integrations, then Custom Integration (Webhooks), then View.',
    `Choose Add Webhooks Integration, paste this Notification URL and choose Save: ${url}`,
    'Tick the events to send and choose Save again. If Vero allows one event per webhook only, add a webhook per event, all with this URL.',
    'Vero does not sign what it sends, so anyone who knows this URL can post events: keep it secret.',
  ],
};
