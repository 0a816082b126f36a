import { expect, test } from 'vitest';
import { keyOf, Sequence } from '../../packages/target-core/dist/sequence.js';
import { recordOf, runMessages, schemaOf } from '../helpers/target-run.js';

test('a key gets a larger number each time, and other keys keep to the clock', () => {
  const sequence = new Sequence();

  expect(['a', 'a', 'b', 'a', 'b', 'c'].map((key) => sequence.next(key, 1000))).toEqual([
    1000, 1001, 1000, 1002, 1001, 1000,
  ]);
  expect(['a', 'b', 'c'].map((key) => sequence.next(key, 1001))).toEqual([1003, 1002, 1001]);
  expect(['a', 'b', 'c'].map((key) => sequence.next(key, 2000))).toEqual([2000, 2000, 2000]);
});

test('a clock that goes back changes nothing', () => {
  const sequence = new Sequence();

  expect(sequence.next('a', 5000)).toBe(5000);
  expect([sequence.next('a', 10), sequence.next('b', 10), sequence.next(undefined, 10)]).toEqual([
    5001, 5000, 5000,
  ]);
});

test('when more than 10,000 keys would have to be remembered, the numbers pass the clock instead', () => {
  const sequence = new Sequence();
  for (let key = 0; key <= 10_000; key += 1) sequence.next(`k${key}`, 1000);

  expect([sequence.next('new', 1000), sequence.next('k0', 1000), sequence.next('k0', 1000)]).toEqual([
    1001, 1001, 1002,
  ]);
});

test('without a key nothing has to rise', () => {
  const sequence = new Sequence();

  expect([1, 1, 2].map((now) => sequence.next(undefined, now))).toEqual([1, 1, 2]);
});

test.each([
  ['stands still', () => 1000],
  ['goes back', (row: number) => 1_000_000 - row],
  ['is passed by one busy key', (row: number) => 1000 + Math.floor(row / 100)],
])('numbers rise within each of 50,000 keys while the clock %s', (_, clock) => {
  const sequence = new Sequence();
  const last = new Map<string, number>();
  const wrong: string[] = [];
  for (let row = 0; row < 150_000; row += 1) {
    for (const key of [`k${row % 50_000}`, 'busy']) {
      const number = sequence.next(key, clock(row));
      if (number <= (last.get(key) ?? 0) || number < clock(row)) wrong.push(key);
      last.set(key, number);
    }
  }

  expect(wrong).toEqual([]);
});

test.each([
  [['id'], { id: 5 }, '5'],
  [['id'], { id: '5' }, '5'],
  [['id'], { id: null }, 'null'],
  [['id'], { id: { a: [1] } }, '{"a":[1]}'],
  [['a', 'b'], { b: true, a: 'x' }, 'x\0true'],
  [[], { a: 1 }, undefined],
])('the key %j of %j is the text %j', (keys, record, text) => {
  expect(keyOf(record, keys)).toBe(text);
});

test('_sdc_sequence rises strictly within each key of a run, also over a changed SCHEMA', async () => {
  const before = Date.now();
  const records = Array.from({ length: 1000 }, (_, index) =>
    recordOf('s', { id: index % 50, name: `${index}` }),
  );
  const changed = schemaOf('s', { properties: { id: { type: ['integer', 'null'] } } });
  const { loader } = await runMessages([
    schemaOf('s'),
    ...records.slice(0, 500),
    changed,
    ...records.slice(500),
  ]);
  const rows = loader.table('s').texts.map((text) => JSON.parse(text));
  const numbersOf = (id: number) => rows.filter((row) => row.id === id).map((row) => row._sdc_sequence);

  expect(rows).toHaveLength(1000);
  for (let id = 0; id < 50; id += 1) {
    const numbers = numbersOf(id);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers[0]).toBeGreaterThanOrEqual(before);
  }
});
