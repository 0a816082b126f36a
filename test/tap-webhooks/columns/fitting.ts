import { type JsonSchema, parseJson } from '@tap-webhooks/singer';
import { StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';

export function fitInto(shape: StreamShape, text: string): { row: string; grew: boolean } {
  return shape.fit(text, parseJson(text));
}

export function shapeOf(base?: JsonSchema, keyProperties: readonly string[] = []): StreamShape {
  return StreamShape.begin(base, keyProperties);
}

/** Returns the rows of events in a new shape without a schema. */
export function rows(...texts: string[]): string[] {
  const shape = shapeOf();
  return texts.map((text) => fitInto(shape, text).row);
}

/** Returns the columns after the events, as plain JSON. */
export function columns(...texts: string[]): Record<string, unknown> {
  const shape = shapeOf();
  for (const text of texts) fitInto(shape, text);
  return columnsOf(shape);
}

export function columnsOf(shape: StreamShape): Record<string, unknown> {
  return JSON.parse(JSON.stringify(shape.save().schema.properties ?? {}));
}

export function nullable(type: string): JsonSchema {
  return { type: ['null', type] };
}

export function object(properties: JsonSchema): JsonSchema {
  return { ...nullable('object'), properties };
}

export function array(items: JsonSchema): JsonSchema {
  return { ...nullable('array'), items };
}
