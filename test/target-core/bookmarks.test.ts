import { expect, test } from 'vitest';
import { bookmarkOf, withBookmarks } from '../../packages/target-core/dist/bookmarks.js';

const STATE = '{"bookmarks":{"a":{"position":9007199254740993},"b":{"position":2}},"more":1.10}';

test('a bookmark is read as it is written', () => {
  expect(bookmarkOf(STATE, 'a')).toBe('{"position":9007199254740993}');
});

test.each([['{"a":1}'], ['[1]'], ['{"bookmarks":[]}'], ['{"bookmarks":{}}']])(
  '%s has no bookmark',
  (state) => {
    expect(bookmarkOf(state, 'a')).toBeUndefined();
  },
);

test('a bookmark is replaced, and everything else stays digit for digit', () => {
  expect(withBookmarks(STATE, new Map([['b', '{"position":1}']]))).toBe(
    '{"bookmarks":{"a":{"position":9007199254740993},"b":{"position":1}},"more":1.10}',
  );
});

test('a bookmark is removed', () => {
  expect(withBookmarks(STATE, new Map([['a', undefined]]))).toBe(
    '{"bookmarks":{"b":{"position":2}},"more":1.10}',
  );
});

test('a stream that the state does not have is not added', () => {
  expect(withBookmarks(STATE, new Map([['c', '1']]))).toBe(STATE);
});

test.each([['{"a":1}'], ['{"bookmarks":5}'], ['"text"'], ['{"bookmarks":{"a":1}}']])(
  'of %s nothing can be printed without the bookmark of a',
  (state) => {
    expect(withBookmarks(state, new Map([['a', undefined]]))).toBeUndefined();
  },
);
