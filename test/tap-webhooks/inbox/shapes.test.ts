import { describe, expect, it } from 'vitest';
import type { IntegrationRules, StreamSchema } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { schemasOfRules } from '../../../packages/tap-webhooks/dist/inbox/shapes.js';

function integers(count: number, prefix: string): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${prefix}${i}`, { type: ['null', 'integer'] }]),
  );
}

function rulesWith(properties?: object): IntegrationRules {
  return {
    name: 'shop',
    stream: 'shop-data',
    keyProperties: [],
    ...(properties && { schema: { type: 'object', properties } }),
  };
}

function stored(properties: object): Map<string, StreamSchema> {
  const schema = { type: 'object', properties };
  return new Map([
    ['shop-data', { stream: 'shop-data', version: 3, epoch: 2, schema, keyProperties: [], splits: {} }],
  ]);
}

describe('the schema of a configured integration', () => {
  it('is added to the columns that events have made', () => {
    const [next] = schemasOfRules([rulesWith({ id: { type: 'string' } })], stored(integers(2, 'a')));
    expect(next).toMatchObject({ version: 4, epoch: 3 });
    expect(Object.keys(next?.schema.properties as object)).toEqual(['a0', 'a1', 'id']);
  });

  it('is refused when the two exceed a limit together', () => {
    expect(() => schemasOfRules([rulesWith(integers(600, 'b'))], stored(integers(600, 'a')))).toThrow(
      'The schema of shop, with the columns that its events have added, has an object of 1200 properties, and 1000 are allowed: remove properties from its `schema`, or give the integration another `name`, which begins a new table.',
    );
  });

  it('is not refused for what the stream had before there were limits', () => {
    const before = stored(integers(1200, 'a'));
    expect(schemasOfRules([rulesWith()], before)).toEqual([]);
    expect(schemasOfRules([rulesWith({ id: { type: 'string' } })], before)).toHaveLength(1);
  });
});
