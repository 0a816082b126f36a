import { type JsonNode, parseJson } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { describe, expect, it } from 'vitest';
import { StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';
import { Seeded } from '../../helpers/seeded.js';
import { fitInto, shapeOf } from './fitting.js';

const NAMES = [
  ...['a', 'b', 'c', '', '0', '__proto__', 'constructor', '\\u0061', '😀', '\\"\\n', 'a.b'],
  ...[
    '_sdc_position',
    '\\u005fSDC',
    'x_sdc_position',
    'a__st',
    'a__st_',
    'b__js',
    'c__re',
    '_sdc_extra',
    '__it',
  ],
];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '1.50',
  '2e3',
  '9007199254740993',
  '12345678901234567890',
  '1e400',
  '-1E-400',
];
const OTHERS = [
  'null',
  'null',
  'true',
  'false',
  '""',
  '"x"',
  '"1e400"',
  '"\\ud800\\/"',
  '"2026-01-02T03:04:05Z"',
];
const SPACES = ['', '', '', '', ' ', '\n\t'];
const BASE = {
  properties: {
    a: { type: 'string', format: 'date-time' },
    b: { anyOf: [{}] },
    c: { type: 'object', properties: { a: { type: 'integer' } } },
    '😀': { type: 'array', items: { type: 'array', items: { type: 'number' } } },
  },
};

function value(random: Seeded, depth: number): string {
  const space = () => random.pick(SPACES);
  switch (random.below(depth > 0 ? 6 : 3)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
    case 2:
      return random.pick(OTHERS);
    case 3: {
      const items = Array.from(
        { length: random.below(3) },
        () => space() + value(random, depth - 1) + space(),
      );
      return `[${items.join(',')}]`;
    }
    default:
      return event(random, depth - 1);
  }
}

function event(random: Seeded, depth = 3): string {
  const space = () => random.pick(SPACES);
  const members = Array.from(
    { length: random.below(5) },
    () => `${space()}"${random.pick(NAMES)}"${space()}:${space()}${value(random, depth)}${space()}`,
  );
  return `{${members.join(',')}}`;
}

/** Returns the sender's name of a column: without a split suffix, and without what was added to a reserved name. */
function nameOfSender(column: string): string {
  const bare = column.replace(/__(?:it|nu|st|bo|re|ar|js)$/, '');
  const unmarked = /__(?:it|nu|fl|st|bo|re|ar|ti|js)_+$/i.test(bare) ? bare.slice(0, -1) : bare;
  return /^x+_{1,2}sdc/i.test(unmarked) ? unmarked.slice(1) : unmarked;
}

interface Source {
  readonly text: string;
  readonly node: JsonNode;
}

/** Returns whether the row's value is the event's, given how rows write values. */
function isSame(event: Source, row: Source): boolean {
  const [raw, rowRaw] = [event, row].map(({ text, node }) => text.slice(node.start, node.end));
  if (event.node.kind === 'number' && row.node.kind === 'string')
    return rowRaw === `"${raw}"` && isUnholdable(raw ?? '');
  if (event.node.kind !== row.node.kind) return false;
  if (event.node.kind === 'object')
    return areMembersSame(event, row, nameOfSender) || areMembersSame(event, row);
  if (event.node.kind !== 'array') return raw === rowRaw;
  const items = row.node.items ?? [];
  return (
    items.length === event.node.items?.length &&
    event.node.items.every((node, i) => isSame({ ...event, node }, { ...row, node: items[i] as JsonNode }))
  );
}

/** @param naming from the row's names to the sender's; in columns without a type they are the same. */
function areMembersSame(event: Source, row: Source, naming = (name: string) => name): boolean {
  const [members, rowMembers] = [event.node.members ?? [], row.node.members ?? []];
  return (
    members.length === rowMembers.length &&
    members.every((member, i) => {
      const other = rowMembers[i];
      return (
        other !== undefined &&
        naming(other.name) === member.name &&
        isSame({ ...event, node: member.value }, { ...row, node: other.value })
      );
    })
  );
}

function isUnholdable(raw: string): boolean {
  return ['12345678901234567890', '1e400', '-1E-400'].includes(raw);
}

/** Returns the value without members that had no type: they may be older than their column. */
function typedOnly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(typedOnly);
  if (typeof value !== 'object' || value === null) return value;
  const typed = Object.entries(value).filter(([, inner]) => hasType(inner));
  return Object.fromEntries(typed.map(([name, inner]) => [name, typedOnly(inner)]));
}

function hasType(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.values(value).some(hasType) : value !== null;
}

const SEEDS = Array.from({ length: 6 }, (_, i) => i + 1);

describe.each([
  ['inferred', undefined],
  ['given and inferred', BASE],
])('random events in a schema that is %s', (_, base) => {
  it.each(SEEDS)('become rows that lose nothing and fit it, seed %i', (seed) => {
    const random = new Seeded(seed);
    const shape = shapeOf(base);
    const rows: string[] = [];
    let check = compileSchema(shape.save().schema).checkLoosely;
    for (let i = 0; i < 30; i += 1) {
      const text = event(random);
      const { row, grew } = fitInto(shape, text);
      if (grew) check = compileSchema(shape.save().schema).checkLoosely;
      const same = isSame({ text, node: parseJson(text) }, { text: row, node: parseJson(row) });
      expect({ text, row, same, misfit: check(JSON.parse(row)) }).toEqual({ text, row, same: true });
      rows.push(row);
    }
    for (const row of rows) expect({ row, misfit: check(typedOnly(JSON.parse(row))) }).toEqual({ row });
  });

  it.each(SEEDS)('become the same rows when the shape is restored before each, seed %i', (seed) => {
    const random = new Seeded(seed);
    const shape = shapeOf(base);
    for (let i = 0; i < 40; i += 1) {
      const text = event(random);
      const before = JSON.stringify(shape.save());
      const restored = StreamShape.restore(JSON.parse(before), base, []);
      const fitted = fitInto(shape, text);
      expect(fitInto(restored, text)).toEqual(fitted);
      expect(fitted.grew).toBe(JSON.stringify(shape.save()) !== before);
      expect(JSON.stringify(restored.save())).toBe(JSON.stringify(shape.save()));
    }
  });

  it('change no column when they come a second time', () => {
    const random = new Seeded(7);
    const shape = shapeOf(base);
    const texts = Array.from({ length: 200 }, () => event(random));
    for (const text of texts) fitInto(shape, text);
    const saved = JSON.stringify(shape.save());
    for (const text of texts) expect(fitInto(shape, text).grew).toBe(false);
    expect(JSON.stringify(shape.save())).toBe(saved);
  });
});
