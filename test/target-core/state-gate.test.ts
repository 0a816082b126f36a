import { expect, test } from 'vitest';
import { isEmptyState, StateGate, type Ticket } from '../../packages/target-core/dist/state-gate.js';
import { Seeded } from '../helpers/seeded.js';

function gate() {
  const printed: string[] = [];
  const states = new StateGate((text: string) => printed.push(text));
  const hold = (value: unknown) =>
    states.hold({
      type: 'STATE',
      value,
      valueText: typeof value === 'string' ? value : JSON.stringify(value),
    });
  return { states, printed, hold };
}

const at = (positions: Record<string, number>) => ({ bookmarks: positions });

test('a state with nothing before it is printed at once', () => {
  const { printed, hold } = gate();
  hold('s1');

  expect(printed).toEqual(['s1']);
});

test('a state waits for every batch that was begun before it', () => {
  const { states, printed, hold } = gate();
  const [first, second] = [states.begin(), states.begin()];
  hold('s1');
  states.end([second]);
  expect(printed).toEqual([]);

  states.end([first]);
  expect(printed).toEqual(['s1']);
});

test('a state does not wait for a batch that was begun after it', () => {
  const { states, printed, hold } = gate();
  const first = states.begin();
  hold('s1');
  states.begin();
  hold('s2');
  states.end([first]);

  expect(printed).toEqual(['s1']);
});

test('of several that are released at once the newest is printed', () => {
  const { states, printed, hold } = gate();
  const first = states.begin();
  hold('s1');
  const second = states.begin();
  hold('s2');
  states.end([second]);
  states.end([first]);

  expect(printed).toEqual(['s2']);
});

test('a state that waits for the same batches takes the place of the one before', () => {
  const { states, printed, hold } = gate();
  const first = states.begin();
  hold('s1');
  hold('s2');
  states.end([first]);

  expect(printed).toEqual(['s2']);
});

test('one state waits after a slow batch, however many batches of another table come and go', () => {
  const { states, printed, hold } = gate();
  hold('s0');
  const slow = states.begin();
  for (let round = 1; round <= 1000; round += 1) {
    const quick = states.begin();
    hold(`s${round}`);
    states.end([quick]);
  }
  expect(printed).toEqual(['s0']);
  expect(states.waiting).toBe(1);

  states.end([slow]);
  expect(printed).toEqual(['s0', 's1000']);
});

test.each([[{}], [null], [[]], [''], [0], [false], [{ bookmarks: {} }], [{ bookmarks: null }]])(
  'the empty state %j is never printed',
  (value) => {
    const { printed, hold } = gate();
    hold(value);

    expect(isEmptyState(value)).toBe(true);
    expect(printed).toEqual([]);
  },
);

test.each([[{ a: 1 }], ['text'], [5], [{ bookmarks: {}, currently_syncing: 'a' }]])(
  'the state %j is not empty',
  (value) => {
    expect(isEmptyState(value)).toBe(false);
  },
);

test('a parked stream keeps the bookmark of the newest state before its lost batch, printed or not', () => {
  const { states, printed, hold } = gate();
  hold(at({ a: 1, b: 1 }));
  const other = states.begin();
  hold(at({ a: 2, b: 2 }));
  const lost = states.begin();
  hold(at({ a: 3, b: 3 }));
  states.park('a', lost.number);
  states.end([lost]);
  states.end([other]);
  hold(at({ a: 4, b: 4 }));

  expect(printed.map((text) => JSON.parse(text))).toEqual([
    at({ a: 1, b: 1 }),
    at({ a: 2, b: 3 }),
    at({ a: 2, b: 4 }),
  ]);
});

test('a parked stream that had no durable bookmark is left out', () => {
  const { states, printed, hold } = gate();
  const lost = states.begin();
  hold(at({ a: 1, b: 1 }));
  states.park('a', lost.number);
  states.end([lost]);

  expect(printed).toEqual(['{"bookmarks":{"b":1}}']);
});

test('nothing is printed when no bookmark is left', () => {
  const { states, printed, hold } = gate();
  const lost = states.begin();
  hold(at({ a: 1 }));
  states.park('a', lost.number);
  states.end([lost]);

  expect(printed).toEqual([]);
});

test('a second loss sets the bookmark further back, never forward', () => {
  const { states, printed, hold } = gate();
  hold(at({ a: 1, b: 1 }));
  const early = states.begin();
  hold(at({ a: 2, b: 2 }));
  const late = states.begin();
  hold(at({ a: 3, b: 3 }));
  states.park('a', late.number);
  states.end([late]);
  states.park('a', early.number);
  states.park('a', states.begin().number);
  states.end([early]);
  hold(at({ a: 9, b: 4 }));

  expect(JSON.parse(printed.at(-1) as string)).toEqual(at({ a: 1, b: 3 }));
});

test('once shut, only states are printed that do not cover the lost batch', () => {
  const { states, printed, hold } = gate();
  const early = states.begin();
  hold('s1');
  const lost = states.begin();
  hold('s2');
  const late = states.begin();
  hold('s3');
  states.shut(lost.number);
  states.end([lost, late]);
  hold('s4');
  expect(printed).toEqual([]);
  expect(states.waiting).toBe(1);
  states.end([early]);
  hold('s5');

  expect(printed).toEqual(['s1']);
  expect(states.waiting).toBe(0);
});

test('a further loss drops states that cover it, too', () => {
  const { states, printed, hold } = gate();
  const first = states.begin();
  hold('s1');
  const second = states.begin();
  hold('s2');
  states.shut(second.number);
  states.shut(first.number);
  states.end([first, second]);

  expect(printed).toEqual([]);
});

test('a STATE is printed once no batch is open that was when it was read, unless a newer one can be', () => {
  const random = new Seeded(7);
  for (let round = 0; round < 300; round += 1) {
    const { states, printed, hold } = gate();
    const open = new Set<Ticket>();
    const expected: string[] = [];
    let waiting: Array<{ text: string; needs: Ticket[] }> = [];
    for (let step = 1; step <= 60; step += 1) {
      const deed = random.below(3);
      if (deed === 0) open.add(states.begin());
      else if (deed === 1) {
        waiting.push({ text: `s${step}`, needs: [...open] });
        hold(`s${step}`);
      } else if (open.size > 0) {
        const done = random.pick([...open]);
        open.delete(done);
        states.end([done]);
      }
      const free = waiting.findLastIndex(({ needs }) => !needs.some((ticket) => open.has(ticket)));
      if (free >= 0) expected.push(waiting[free]?.text as string);
      waiting = waiting.slice(free + 1);
      expect(printed).toEqual(expected);
      expect(states.waiting).toBeLessThanOrEqual(open.size);
    }
  }
});

test('a STATE after each record of 2,000 tables costs no more than one of few', { timeout: 30_000 }, () => {
  const { states, printed, hold } = gate();
  const open: Ticket[] = [];
  for (let table = 0; table < 2000; table += 1) {
    open.push(states.begin());
    hold(`begun ${table}`);
  }
  for (let round = 0; round < 100_000; round += 1) hold(`round ${round}`); // minutes, if all were looked at each time
  expect(states.waiting).toBe(2000);
  for (const ticket of open) states.end([ticket]);

  expect(printed).toHaveLength(2000);
  expect(printed.at(-1)).toBe('round 99999');
});
