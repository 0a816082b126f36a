import type { JsonSchema } from '@tap-webhooks/singer';
import { hmacScheme } from '../signatures/hmac.js';
import type { Provider } from './provider.js';

const text = (description: string): JsonSchema => ({ type: ['null', 'string'], description });
const seconds = (description: string): JsonSchema => ({
  type: ['null', 'integer'],
  description: `${description}, epoch in seconds`,
});

const untyped = (description: string): JsonSchema => ({ description });

/**
 * Types only where recorded payloads confirm them: a wrong one would split a column that real data would not. What has none
 * here gets it from the data.
 */
export const delightedSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Webhook of Delighted',
  description: 'One event. Members that are not listed are kept too, with the type that they come with.',
  type: 'object',
  properties: {
    event_type: text('survey_response.created, survey_response.updated or unsubscribe.created'),
    event_id: text('Id of the event, 64 hexadecimal digits'),
    event_data: {
      type: ['null', 'object'],
      description: 'A survey response, or (unsubscribe.created) who unsubscribed',
      properties: {
        id: text('Id of the response; the same when it was created and each time it was updated'),
        person: {
          type: ['null', 'object'],
          description: 'Who answered',
          properties: {
            id: text('Id of the person'),
            email: text('Email address'),
            name: text('Name'),
            created_at: seconds('When the person became known'),
          },
        },
        person_id: text('Of an unsubscribe: id of the person'),
        survey_type: text('Kind of survey, such as nps'),
        score: { type: ['null', 'integer'], description: 'The answer; 0 to 10 for nps' },
        comment: text('The comment; null until one is given'),
        person_properties: untyped('Own properties of the person; null when there are none'),
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
                properties: {
                  type: text('Kind of question'),
                  text: text('The question as asked'),
                },
              },
              value: untyped(
                'The answer: free_response, scale, select_one or select_many; the others are null',
              ),
            },
          },
        },
      },
    },
  },
};

/** Delighted (delighted.com): survey responses and unsubscribes, one event a delivery. */
export const delighted: Provider = {
  name: 'delighted',
  title: 'Delighted',
  signature: hmacScheme({
    name: 'delighted',
    header: 'x-delighted-webhook-signature',
    hash: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
  }),
  deliveryId: { body: ['event_id'] },
  eventType: { body: ['event_type'] },
  // Stitch defines no key either: the same response comes several times, and each delivery is a row.
  keyProperties: [],
  latestBy: {
    column: 'event_type',
    paths: {
      'survey_response.created': 'event_data.id',
      'survey_response.updated': 'event_data.id',
      'unsubscribe.created': 'event_data.person_id',
    },
  },
  schema: delightedSchema,
  steps: (url) => [
    'In Delighted, open Integrations and choose Webhooks.',
    `Add a webhook with this URL: ${url}`,
    'Choose the events that it sends (survey responses, unsubscribes) and save.',
    "Deliveries are signed with the project's private API key (in Delighted: Integrations, then API): put that key into `secrets`, `secrets_file` or `secrets_env` of this integration.",
  ],
};
