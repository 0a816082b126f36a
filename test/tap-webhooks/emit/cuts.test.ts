import { describe, expect, it } from 'vitest';
import { cutRow, cutSchema, cutsFor, isCut } from '../../../packages/tap-webhooks/dist/emit/cuts.js';
import { parseCatalog } from '../../../packages/tap-webhooks/dist/emit/selection.js';

/** Returns the cuts for a catalog that deselects some paths of properties and selects others. */
function cuts(deselected: string[][], splits: { [column: string]: string } = {}, selected: string[][] = []) {
  const word = (path: string[], selected: boolean) => ({
    breadcrumb: path.flatMap((name) => ['properties', name]),
    metadata: { selected },
  });
  const catalog = parseCatalog({
    streams: [
      {
        tap_stream_id: 's',
        metadata: [
          word([], true),
          ...deselected.map((path) => word(path, false)),
          ...selected.map((path) => word(path, true)),
        ],
      },
    ],
  });
  const choices = catalog.choices('s');
  if (!choices) throw new Error('the stream is selected');
  return cutsFor(choices, (column) => column === 'id', splits);
}

describe('removing deselected properties', () => {
  it('removes nothing when nothing is deselected', () => {
    expect(cuts([])).toBeUndefined();
  });

  it('keeps the rest as it was written', () => {
    const row = '{"id":12345678901234567890,"note":"x","amount":1.10,"text":"\\u006D\\/"}';
    expect(cutRow(row, cuts([['note']]) ?? new Map())).toBe(
      '{"id":12345678901234567890,"amount":1.10,"text":"\\u006D\\/"}',
    );
  });

  it('finds a name that was written with escapes', () => {
    expect(cutRow('{"id":1,"\\u006eote":"x"}', cuts([['note']]) ?? new Map())).toBe('{"id":1}');
  });

  it('works within objects, and not within other values', () => {
    const nested = cuts([['person', 'email']]) ?? new Map();
    expect(cutRow('{"person":{"email":"a@b","name":"n"},"x":1}', nested)).toBe(
      '{"person":{"name":"n"},"x":1}',
    );
    expect(cutRow('{"person":"email","x":1}', nested)).toBe('{"person":"email","x":1}');
  });

  it('never removes a column that must stay', () => {
    expect(cuts([['id']])).toBeUndefined();
  });

  it('removes the columns that were split from a deselected one', () => {
    const split = cuts([['score']], { score__st: 'score', 'person.age__st': 'person.age' });
    expect(isCut(split, 'score__st')).toBe(true);
    expect(isCut(split, 'person.age__st')).toBe(false);
    expect(isCut(cuts([['person']], { 'person.age__st': 'person.age' }), 'person.age__st')).toBe(true);
  });

  it('removes them also where a name holds a dot', () => {
    const row = '{"a.b":1,"a.b__st":"secret","o":{"c.d":2,"c.d__st":"secret","e":3}}';
    const split = cuts([['a.b'], ['o', 'c.d']], { 'a.b__st': 'a.b', 'o.c.d__st': 'o.c.d' });
    expect(cutRow(row, split ?? new Map())).toBe('{"o":{"e":3}}');
    expect(isCut(split, 'o.c.d__st')).toBe(true);
  });

  it('keeps a split column with a dot that the catalog selects by name', () => {
    const split = cuts([['a.b']], { 'a.b__st': 'a.b' }, [['a.b__st']]);
    expect(cutRow('{"a.b":1,"a.b__st":"x"}', split ?? new Map())).toBe('{"a.b__st":"x"}');
  });

  it('keeps a split column that the catalog selects by name', () => {
    expect(isCut(cuts([['score']], { score__st: 'score' }, [['score__st']]), 'score__st')).toBe(false);
  });

  it('removes the same from the schema', () => {
    const schema = {
      type: 'object',
      required: ['id', 'note'],
      properties: {
        id: { type: 'integer' },
        note: { type: 'string' },
        person: { type: 'object', properties: { email: { type: 'string' }, name: { type: 'string' } } },
      },
    };
    expect(cutSchema(schema, cuts([['note'], ['person', 'email']]) ?? new Map())).toEqual({
      type: 'object',
      required: ['id'],
      properties: {
        id: { type: 'integer' },
        person: { type: 'object', properties: { name: { type: 'string' } } },
      },
    });
  });
});
