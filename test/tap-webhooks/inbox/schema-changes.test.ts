import { describe, expect, it } from 'vitest';
import { changesOf, withChanges } from '../../../packages/tap-webhooks/dist/inbox/sqlite/schema-changes.js';

describe('changes of a schema', () => {
  it('changes are the members that are new or have another value, with their paths', () => {
    const before = { schema: { properties: { a: { type: 'integer' }, b: { type: 'string' } } }, splits: {} };
    const after = {
      schema: { properties: { a: { type: 'number' }, b: { type: 'string' }, c: { type: ['null'] } } },
      splits: { c__st: 'c' },
    };
    expect(changesOf(before, after)).toEqual([
      [['schema', 'properties', 'a', 'type'], 'number'],
      [['schema', 'properties', 'c'], { type: ['null'] }],
      [['splits', 'c__st'], 'c'],
    ]);
  });

  it('changes made to what was before give what is after, member for member in order, and leave it unchanged', () => {
    const before = { p: { x: 1, y: { z: [1] } } };
    const after = { p: { x: 2, y: { z: [1], w: null } }, q: true };
    const copy = structuredClone(before);
    expect(JSON.stringify(withChanges(before, changesOf(before, after) ?? []))).toBe(JSON.stringify(after));
    expect(before).toEqual(copy);
  });

  it('changes of a member called __proto__ are kept like any other', () => {
    const before = JSON.parse('{"p":{}}');
    const after = JSON.parse('{"p":{"__proto__":{"type":"string"}}}');
    const changes = JSON.parse(JSON.stringify(changesOf(before, after)));
    expect(JSON.stringify(withChanges(before, changes))).toBe('{"p":{"__proto__":{"type":"string"}}}');
  });

  it.each([
    ['a member was removed', { a: 1, b: 2 }, { a: 1 }],
    ['members come in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['a new member comes before an old one', { b: 2 }, { a: 1, b: 2 }],
  ])('changes are not given when %s', (_, before, after) => {
    expect(changesOf(before, after)).toBeUndefined();
  });
});
