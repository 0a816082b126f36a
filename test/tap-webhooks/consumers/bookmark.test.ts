import { describe, expect, it } from 'vitest';
import { bookmarksOf, stateValue } from '../../../packages/tap-webhooks/dist/consumers/bookmark.js';

describe('bookmarks', () => {
  it('bookmarks are in a state by stream', () => {
    const bookmarks = new Map([['shop-data', { position: 3, inbox: 'a1', check: 'c3' }]]);
    expect(JSON.stringify(stateValue(bookmarks))).toBe(
      '{"bookmarks":{"shop-data":{"position":3,"inbox":"a1","check":"c3"}}}',
    );
  });

  it('bookmarks are absent from a state without any', () => {
    expect(bookmarksOf({}).size).toBe(0);
    expect(bookmarksOf({ bookmarks: null }).size).toBe(0);
  });

  it.each([
    [{ replication_key: 'id' }],
    [{ position: 0, inbox: 'a1', check: 'c' }],
    [{ position: 1.5, inbox: 'a1', check: 'c' }],
    [{ position: '7', inbox: 'a1', check: 'c' }],
    [{ position: 7, check: 'c' }],
    [null],
  ])('bookmarks of another form are recognised: %j', (value) => {
    const found = bookmarksOf({ bookmarks: { 'shop-data': value } });
    expect([...found]).toEqual([['shop-data', undefined]]);
  });
});
