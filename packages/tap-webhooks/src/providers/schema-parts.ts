import type { JsonObject, JsonSchema } from '@tap-webhooks/singer';

/** Parts of payload schemas. Every part allows null. */

export function text(description: string): JsonSchema {
  return { type: ['null', 'string'], description };
}

export function integer(description: string): JsonSchema {
  return { type: ['null', 'integer'], description };
}

/** Returns the schema of a time as Unix epoch in seconds. */
export function seconds(description: string): JsonSchema {
  return integer(`${description}, epoch in seconds`);
}

/** Returns the schema of a member that is documented, but gets its type from the data. */
export function untyped(description: string): JsonSchema {
  return { description };
}

export function object(description: string, properties: JsonObject): JsonSchema {
  return { type: ['null', 'object'], description, properties };
}

/** Returns the schema of the payload of a provider's webhook. */
export function payload(title: string, properties: JsonObject): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    description: 'One event. Members that are not listed are kept too, with the type that they come with.',
    type: 'object',
    properties,
  };
}
