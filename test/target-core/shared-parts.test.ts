import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unionOf } from '../../packages/target-core/dist/schema-change.js';
import { withSharedParts } from '../../packages/target-core/dist/shared-parts.js';

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

const text = { type: ['null', 'string'] };
const order = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    lines: { type: 'array', items: { properties: { a: text, b: text } } },
  },
};

describe('a SCHEMA with the parts of the one before', () => {
  it('is that one itself when nothing changed, in whatever order its members are', () => {
    expect(withSharedParts(order, copy(order))).toBe(order);
    const { properties, type } = order;
    expect(withSharedParts(order, copy({ properties, type }))).toBe(order);
  });

  it('shares every part that did not change, at any depth', () => {
    const further = copy(order) as typeof order & { properties: { more?: object } };
    further.properties.lines.items.properties.b = { type: ['null', 'number'] };
    further.properties.more = { type: 'boolean' };
    const shared = withSharedParts(order, further);
    expect(shared).toBe(further);
    expect(shared.properties.id).toBe(order.properties.id);
    expect(shared.properties.lines.items.properties.a).toBe(order.properties.lines.items.properties.a);
    expect(shared.properties.lines.items.properties.b).toEqual({ type: ['null', 'number'] });
    expect(shared.properties.more).toEqual({ type: 'boolean' });
  });

  it('says what the further SCHEMA says, whatever the two are', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.json({ maxDepth: 4 }), (before, after) => {
        const merged = [JSON.parse(before), JSON.parse(after)];
        for (const one of [JSON.parse(after), merged, { ...merged }, { __proto__: null, a: merged[0] }])
          expect(withSharedParts({ a: merged[0], 0: merged[1] }, copy(one))).toEqual(copy(one));
      }),
    );
    const named = '{"properties":{"__proto__":{"type":"string"},"b":{}}}';
    expect(JSON.stringify(withSharedParts(JSON.parse(named), JSON.parse(named.replace('{}', '1'))))).toBe(
      named.replace('{}', '1'),
    );
  });

  it('is the schema of a table that takes both, when it only adds columns', () => {
    const further = copy(order) as { properties: { [name: string]: object } };
    further.properties.more = text;
    expect(unionOf(order, withSharedParts(order, further))).toBe(further);
    expect(unionOf(further, withSharedParts(further, copy(order)))).toBe(further);
  });
});
