import type { JsonSchema } from '@tap-webhooks/singer';
import type { Provider } from './provider.js';

const text = (description: string): JsonSchema => ({ type: ['null', 'string'], description });
const seconds = (description: string): JsonSchema => ({
  type: ['null', 'integer'],
  description: `${description}, epoch in seconds`,
});

/**
 * Only members whose type recorded payloads confirm: a wrong one would split a column that real data would not. The others
 * (a user's `id`, `changes`, `failed_at`, …) get theirs from the data.
 */
export const veroSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Webhook of Vero',
  description: 'One event. Members that are not listed are kept too, with the type that they come with.',
  type: 'object',
  properties: {
    type: text(
      'sent, delivered, opened, clicked, failed, bounced, converted, unsubscribed, resubscribed, complained, user_created or user_updated',
    ),
    user: {
      type: ['null', 'object'],
      description: 'The recipient, or the user that was created or updated',
      properties: {
        email: text('Email address'),
      },
    },
    campaign: {
      type: ['null', 'object'],
      description: 'The campaign; an unsubscribe names it by other members than the rest',
      properties: {
        id: { type: ['null', 'integer'], description: 'Id of the campaign' },
        type: text('Kind of campaign, such as transactional'),
        name: text('Name'),
        subject: text('Subject line'),
        'trigger-event': text('The event that sent it; only of transactional and behavioral campaigns'),
        permalink: text('Page of the message'),
        channel: text('Such as email'),
        sent_to: text('Address that it was sent to'),
        locale: text('Language of the message'),
        campaign_title: text('Of an unsubscribe: name of the campaign'),
        series_title: text('Of an unsubscribe: name of the series'),
        email_subject: text('Of an unsubscribe: subject line'),
        message_id: text('Of an unsubscribe: id of the message'),
      },
    },
    message_id: text('Id of the message; the same in all its events'),
    sent_at: seconds('When it was sent'),
    delivered_at: seconds('When it was delivered'),
    opened_at: seconds('When it was opened'),
    clicked_at: seconds('When a link in it was clicked'),
    bounced_at: seconds('When it bounced'),
    unsubscribed_at: seconds('When the user unsubscribed'),
    user_agent: text('Program that opened it, or followed the link'),
    bounce_type: text('Such as hard'),
    bounce_code: {
      type: ['null', 'integer'],
      description: 'Code of the answer of the receiving mail server',
    },
    bounce_message: text('Answer of the receiving mail server'),
  },
};

/** Vero (getvero.com): email events and changes of users, one event a delivery. It signs nothing and sends no event id. */
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
  schema: veroSchema,
  steps: (url) => [
    'In Vero, open Settings, then Integrations, then Webhooks.',
    `Add a webhook with this URL: ${url}`,
    'Choose the events that it sends and save. Where Vero asks for one event a webhook, add one for each event with this same URL.',
    'Vero does not sign what it sends, so this URL is the only protection: keep it secret.',
  ],
};
