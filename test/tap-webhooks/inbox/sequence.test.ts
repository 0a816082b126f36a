import { describe, expect, it } from 'vitest';
import type { SavedSequence } from '../../../packages/tap-webhooks/dist/inbox/judgement.js';
import { Sequence } from '../../../packages/tap-webhooks/dist/inbox/sequence.js';

const DAY = 86_400_000;
/** 2026-01-01T00:00:00.000Z */
const NOW = 1_767_225_600_000;
const begin: SavedSequence = { mark: NOW, keys: new Map() };

/** Gives numbers to one batch of keys that were received at a time, and stores what has to be stored. */
function batch(saved: SavedSequence, receivedAt: number, confirmed: number, keys: readonly string[]) {
  const sequence = new Sequence(saved, confirmed);
  const numbers = keys.map((key) => sequence.next(key, receivedAt));
  const change = sequence.change();
  const kept = [...saved.keys, ...change.keys].filter(([, last]) => last >= change.mark);
  return { numbers, saved: { mark: change.mark, keys: new Map(kept) } };
}

describe('a clock that is ahead of what is confirmed', () => {
  it('gives numbers that are true to it, while the mark stays at the confirmed time', () => {
    const { numbers, saved } = batch(begin, NOW + 40 * DAY, NOW + 5, ['a', 'b', 'a']);
    expect(numbers).toEqual([NOW + 40 * DAY, NOW + 40 * DAY, NOW + 40 * DAY + 1]);
    expect(saved.mark).toBe(NOW + 5);
  });

  it('leaves the other keys with numbers of the right time once it is set back', () => {
    const ahead = batch(begin, NOW + 40 * DAY, NOW + 5, ['a']).saved;
    const { numbers, saved } = batch(ahead, NOW + 9, NOW + 9, ['a', 'b']);
    expect(numbers).toEqual([NOW + 40 * DAY + 1, NOW + 9]);
    expect([...saved.keys.keys()]).toEqual(['a', 'b']);
  });

  it('does not raise the mark to its numbers when the clock is set back by more than a minute later', () => {
    const ahead = batch(begin, NOW + 40 * DAY, NOW + 5, ['a']).saved;
    const { numbers, saved } = batch(ahead, NOW - DAY, NOW - DAY, ['b', 'a']);
    expect(numbers).toEqual([NOW + 6, NOW + 40 * DAY + 1]);
    expect(saved.mark).toBe(NOW + 6);
    expect(batch(saved, NOW - DAY, NOW - DAY, ['b', 'a']).numbers).toEqual([NOW + 7, NOW + 40 * DAY + 2]);
  });

  it('does not raise the mark to its numbers when more keys come than are remembered', () => {
    const ahead = batch(begin, NOW + 40 * DAY, NOW, ['a']).saved;
    const many = Array.from({ length: 100_001 }, (_, n) => `b${n}`);
    const { saved } = batch(ahead, NOW + DAY, NOW, many);
    expect(saved).toEqual({ mark: NOW + DAY + 1, keys: new Map([['a', NOW + 40 * DAY]]) });
  });

  it('makes the inbox remember no more than 100,000 keys', () => {
    const many = Array.from({ length: 60_000 }, (_, n) => n);
    const first = batch(
      begin,
      NOW + DAY,
      NOW,
      many.map((n) => `a${n}`),
    ).saved;
    expect(first.keys.size).toBe(60_000);
    const { saved } = batch(
      first,
      NOW + DAY + 7,
      NOW,
      many.map((n) => `b${n}`),
    );
    expect(saved).toEqual({ mark: NOW + DAY + 8, keys: new Map() });
    expect(batch(saved, NOW + DAY + 7, NOW, ['a1', 'b1']).numbers).toEqual([NOW + DAY + 8, NOW + DAY + 8]);
  });
});

describe('a clock that was set back by more than a minute', () => {
  it('gives each batch the next number, and no key is remembered after it', () => {
    let saved = begin;
    const given: number[][] = [];
    for (const keys of [['a', 'b', 'a'], ['b', 'c'], ['a']]) {
      const done = batch(saved, NOW - DAY, NOW - DAY, keys);
      given.push(done.numbers.map((number) => number - NOW));
      saved = done.saved;
    }
    expect(given).toEqual([[1, 1, 2], [3, 3], [4]]);
    expect(saved.keys.size).toBe(1);
  });
});
