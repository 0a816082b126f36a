import { describe, expect, it } from 'vitest';
import { DESTINATIONS, emitted, load } from './helpers/destinations.js';
import { memoryInbox, rules, take } from './helpers/memory-inbox.js';

const TEXT = { a: 'text', l: 'text', o: { a: 'text' }, items: [{ a: 'text' }, { l: 5 }] };
const EMPTY = { a: {}, l: [], o: { a: [] }, items: [{ a: {} }, { l: [null] }, { l: [{}] }] };

/** Events that are stored one by one, each in a batch of its own. */
const CASES: ReadonlyArray<readonly [what: string, bodies: readonly object[]]> = [
  ['empty values before their names have a column', [EMPTY, TEXT, EMPTY]],
  ['empty values after their names have a column', [TEXT, EMPTY]],
  ['empty values before columns of objects and arrays', [EMPTY, { a: { b: 1 }, l: [1] }, TEXT, EMPTY]],
  [
    'lists of empty values before lists of others',
    [{ l: [{}], m: [[]] }, { l: ['x'], m: [[1]] }, { l: [{}] }],
  ],
];

describe.each(DESTINATIONS)('one SCHEMA for all rows of an epoch, in $name', ({ make }) => {
  it.each(CASES)('takes %s', async (_, bodies) => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', ...bodies);
    const text = await emitted(inbox);
    expect(schemasIn(text)).toEqual([['__sdc_primary_key']]);
    await expectLoaded(await make(), text, bodies.length);
  });

  it('takes rows under a key that is removed later, and rows before a key', async () => {
    const inbox = await memoryInbox('shop');
    await inbox.setRules([{ ...rules('shop'), keyProperties: ['id'] }]);
    await take(inbox, 'shop', { id: 1, ...EMPTY }, { id: 1, n: 1 });
    await inbox.setRules([rules('shop')]);
    await take(inbox, 'shop', { n: 2 }, { id: null, ...TEXT });
    await inbox.setRules([{ ...rules('shop'), keyProperties: ['n'] }]);
    await take(inbox, 'shop', { n: 3, ...EMPTY });
    const text = await emitted(inbox);
    expect(schemasIn(text)).toEqual([['id'], ['__sdc_primary_key'], ['n']]);
    await expectLoaded(await make(), text, 5);
  });
});

/** The key of each SCHEMA. */
function schemasIn(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{"type":"SCHEMA"'));
  return lines.map((line) => JSON.parse(line).key_properties);
}

async function expectLoaded(
  destination: Awaited<ReturnType<(typeof DESTINATIONS)[number]['make']>>,
  text: string,
  rows: number,
): Promise<void> {
  expect(await load(destination, text)).toEqual({ code: 0, errors: [] });
  expect(destination.positions('shop', '_sdc_rejected')).toEqual([]);
  const positions = destination.positions('shop', 'data').sort((one, other) => one - other);
  expect(positions).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
}
