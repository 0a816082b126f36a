import { describe, expect, test } from 'vitest';
import {
  asBookmark,
  COLUMN,
  columnName,
  GENERATED_KEY_SCHEMA,
  IDENTITY,
  identityOf,
  isContractKeyword,
  isMarked,
  isSystemName,
  KEYWORD,
  latestByOf,
  latestByPaths,
  REJECTED_SCHEMA,
  SPLIT_SUFFIX,
  sequencesAgree,
  splitOrigin,
  splitsOf,
  TAP_COLUMNS,
  targetColumns,
} from '../../packages/singer/dist/index.js';

describe('a stream', () => {
  test.each([[['_sdc_inbox', '_sdc_position']], [['_sdc_position', '_sdc_inbox']]])(
    'is marked by exactly the identity pair: %j',
    (names) => {
      expect(isMarked({ 'x-sdc-identity': names })).toBe(true);
    },
  );

  test.each([
    [undefined],
    [true],
    ['_sdc_inbox'],
    [[]],
    [['id']],
    [['_sdc_position']],
    [['_sdc_inbox', '_sdc_inbox']],
    [['_sdc_inbox', '_sdc_position', '_sdc_sequence']],
  ])('is not marked by %j', (names) => {
    expect(isMarked({ 'x-sdc-identity': names })).toBe(false);
  });

  test('gets one column from the target when it is marked, and those of the Singer SDK otherwise', () => {
    expect(Object.keys(targetColumns({ [KEYWORD.identity]: IDENTITY }))).toEqual(['_sdc_batched_at']);
    expect(Object.keys(targetColumns({}))).toEqual([
      '_sdc_extracted_at',
      '_sdc_received_at',
      '_sdc_batched_at',
      '_sdc_deleted_at',
      '_sdc_sequence',
      '_sdc_table_version',
      '_sdc_sync_started_at',
    ]);
  });

  test('that is rejected goes to a marked table', () => {
    expect(isMarked(REJECTED_SCHEMA)).toBe(true);
  });
});

describe('the identity of a record', () => {
  test('is its inbox, its position and its sequence', () => {
    expect(identityOf({ _sdc_inbox: 'a', _sdc_position: 0, _sdc_sequence: 1780000000000, id: 1 })).toEqual({
      inbox: 'a',
      position: 0,
      sequence: 1780000000000,
    });
  });

  test.each([[{}], [{ _sdc_sequence: null }]])('is its inbox and its position alone with %j', (record) => {
    expect(identityOf({ _sdc_inbox: 'a', _sdc_position: 0, ...record })).toEqual({
      inbox: 'a',
      position: 0,
      sequence: undefined,
    });
  });

  test('agrees in its sequence with an equal one, and with one that is not known', () => {
    expect(sequencesAgree(5, 5)).toBe(true);
    expect(sequencesAgree(5, 6)).toBe(false);
    expect(sequencesAgree(5, undefined)).toBe(true);
    expect(sequencesAgree(undefined, 5)).toBe(true);
  });

  test.each([
    [{}],
    [{ _sdc_inbox: 'a' }],
    [{ _sdc_position: 1 }],
    [{ _sdc_inbox: 1, _sdc_position: 1 }],
    [{ _sdc_inbox: 'a', _sdc_position: '1' }],
    [{ _sdc_inbox: 'a', _sdc_position: -1 }],
    [{ _sdc_inbox: 'a', _sdc_position: 1.5 }],
    [{ _sdc_inbox: 'a', _sdc_position: 2 ** 53 }],
    [{ _sdc_inbox: 'a', _sdc_position: 1, _sdc_sequence: '1' }],
    [{ _sdc_inbox: 'a', _sdc_position: 1, _sdc_sequence: 1.5 }],
  ])('is undefined for %j', (record) => {
    expect(identityOf(record)).toBeUndefined();
  });
});

describe('x-sdc-latest-by', () => {
  const byType = { column: 'event', paths: { answer: 'data.id', person: 'person.id' } };

  test('is one path, or a column with a path for each of its values', () => {
    expect(latestByOf({ 'x-sdc-latest-by': 'data.id' })).toBe('data.id');
    expect(latestByOf({ 'x-sdc-latest-by': byType })).toEqual(byType);
    expect(latestByPaths('data.id')).toEqual(['data.id']);
    expect(latestByPaths(byType)).toEqual(['event', 'data.id', 'person.id']);
  });

  test.each([[undefined], [null], [1], [['id']], [{}], [{ column: 'event' }], [{ paths: {} }]])(
    'is left out when it is %j',
    (latestBy) => {
      expect(latestByOf({ 'x-sdc-latest-by': latestBy })).toBeUndefined();
    },
  );

  test('keeps only those paths that are text', () => {
    const latestBy = { column: 'event', paths: { answer: 'data.id', person: 1 } };
    expect(latestByOf({ 'x-sdc-latest-by': latestBy })).toEqual({
      column: 'event',
      paths: { answer: 'data.id' },
    });
  });
});

describe('a split column', () => {
  test.each(Object.values(SPLIT_SUFFIX))(
    'with the suffix %s is named after the column it was split from',
    (suffix) => {
      expect(splitOrigin(`score${suffix}`)).toBe('score');
      expect(splitOrigin(`score${suffix}${suffix}`)).toBe(`score${suffix}`);
      expect(splitOrigin(suffix)).toBeUndefined();
      expect(columnName(`score${suffix}`)).toBe(`score${suffix}_`);
    },
  );

  test.each(['score', 'score__', 'score__xx', 'score_st', 'score__st_'])(
    'is not one that is called %s',
    (name) => {
      expect(splitOrigin(name)).toBeUndefined();
    },
  );

  test('is read from the SCHEMA, with the column it was split from', () => {
    const splits = { score__st: 'score', 'a.b__re': 'a.b', broken: 1 };
    expect([...splitsOf({ 'x-sdc-splits': splits })]).toEqual([
      ['score__st', 'score'],
      ['a.b__re', 'a.b'],
    ]);
    for (const none of [undefined, null, [], 'a']) expect(splitsOf({ 'x-sdc-splits': none }).size).toBe(0);
  });
});

describe("a sender's name", () => {
  test.each([
    ['_sdc_position', 'x_sdc_position'],
    ['__sdc_primary_key', 'x__sdc_primary_key'],
    ['x_sdc_position', 'xx_sdc_position'],
    ['_SDC_x', 'x_SDC_x'],
    ['score__st', 'score__st_'],
    ['score__ST_', 'score__ST__'],
    ['_sdc__st', 'x_sdc__st_'],
    ['sdc', 'sdc'],
    ['score_st', 'score_st'],
  ])('%s becomes the column %s', (name, column) => {
    expect(columnName(name)).toBe(column);
  });

  test('is never a system name afterwards', () => {
    for (const column of Object.values(COLUMN)) {
      expect(isSystemName(column)).toBe(true);
      expect(isSystemName(columnName(column))).toBe(false);
    }
  });
});

test('every keyword of the contract is known as such', () => {
  for (const keyword of Object.values(KEYWORD)) expect(isContractKeyword(keyword)).toBe(true);
  expect(isContractKeyword('x-other')).toBe(false);
});

test('the system columns that the tap writes can all hold a value', () => {
  for (const name of IDENTITY) expect(TAP_COLUMNS).toHaveProperty(name);
  expect(GENERATED_KEY_SCHEMA).toEqual({ type: 'string' });
});

describe('a bookmark', () => {
  test('is read without the members that are not of it', () => {
    const bookmark = { position: 3, inbox: 'a1', check: 'c3' };
    expect(asBookmark({ ...bookmark, replication_key: 'id' })).toEqual(bookmark);
  });

  test.each([
    [undefined],
    [null],
    [[]],
    [{ position: 0, inbox: 'a1', check: 'c' }],
    [{ position: 7, inbox: 'a1' }],
  ])('is not made of %j', (value) => {
    expect(asBookmark(value)).toBeUndefined();
  });
});
