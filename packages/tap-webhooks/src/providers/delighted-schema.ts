import type { JsonSchema } from '@tap-webhooks/singer';

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
