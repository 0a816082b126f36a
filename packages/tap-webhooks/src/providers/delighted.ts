import { GIVE_SECRET, type Provider } from './provider.js';
import { integer, object, payload, seconds, text, untyped } from './schema-parts.js';

/**
 * Only types that recorded payloads confirm: a wrong one would split a column that real data would not. A member without a
 * type here gets it from the data.
 */
const schema = payload('Webhook of Delighted', {
  event_type: text('survey_response.created, survey_response.updated or unsubscribe.created'),
  event_id: text('Id of the event, 64 hexadecimal digits'),
  event_data: object('A survey response, or (unsubscribe.created) who unsubscribed', {
    id: text('Id of the response; the same when it was created and each time it was updated'),
    person: object('Who answered', {
      id: text('Id of the person'),
      email: text('Email address'),
      name: text('Name'),
      created_at: seconds('When the person became known'),
    }),
    person_id: text('In an unsubscribe: id of the person'),
    survey_type: text('Kind of survey, such as nps'),
    score: integer('The answer; 0 to 10 for nps'),
    comment: text('The comment; null until one is given'),
    person_properties: untyped("The person's own properties; null when there are none"),
    permalink: text('Page of the response in Delighted'),
    created_at: seconds('When the response was given'),
    updated_at: seconds('When the response was last changed'),
    additional_answers: {
      type: ['null', 'array'],
      description: 'Answers to further questions',
      items: {
        type: ['null', 'object'],
        properties: {
          id: text('Id of the answer'),
          question: {
            type: ['null', 'object'],
            properties: { type: text('Kind of question'), text: text('The question as asked') },
          },
          value: untyped('The answer: free_response, scale, select_one or select_many; the others are null'),
        },
      },
    },
  }),
});

/** Delighted (delighted.com): survey responses and unsubscribes, one event per delivery. */
export const delighted: Provider = {
  name: 'delighted',
  title: 'Delighted',
  verification: {
    scheme: 'hmac',
    signature: { header: 'x-delighted-webhook-signature', prefix: 'sha256=' },
  },
  deliveryId: { body: ['event_id'] },
  eventType: { body: ['event_type'] },
  // No key, as in Stitch: the same response comes several times, and each delivery is a row.
  keyProperties: [],
  latestBy: {
    column: 'event_type',
    paths: {
      'survey_response.created': 'event_data.id',
      'survey_response.updated': 'event_data.id',
      'unsubscribe.created': 'event_data.person_id',
    },
  },
  schema,
  facts: {
    uncovered: 'The headers, and the time: a captured request can be sent again. It makes no second row.',
    retries: 'Not documented.',
    notes: [
      'Delighted is being shut down.',
      'Write to hello@delighted.com for your history: they push it over the live URL.',
    ],
    unconfirmed: [
      'That `event_id` is the same in each retry.',
      'The members of an unsubscribe other than `person_id`.',
    ],
    sources: [
      'app.delighted.com/docs/api/webhooks',
      'zulip/zulip: zerver/webhooks/delighted/fixtures',
      'the receiver of Kite (delightedManager)',
    ],
  },
  steps: (url) => [
    'In Delighted, open Integrations and choose Webhooks.',
    `Choose Add a New Rule, and add a webhook with this URL: ${url}`,
    'Choose All Responses to send everything, or the conditions that you want, and save.',
    `Delighted signs with the project's private API key (in Delighted: Integrations, then API). Copy that key and ${GIVE_SECRET}.`,
  ],
};
