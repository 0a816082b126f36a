import { describe, expect, test } from 'vitest';
import {
  type ColumnType,
  suffixOf,
  traitsOf,
  typeNamed,
} from '../../../packages/target-bigquery/dist/columns/types.js';

describe('the table of column types', () => {
  test.each([
    ['INT64', 'INTEGER'],
    ['FLOAT64', 'FLOAT'],
    ['BOOL', 'BOOLEAN'],
    ['STRUCT', 'RECORD'],
    ['DECIMAL', 'NUMERIC'],
    ['BIGDECIMAL', 'BIGNUMERIC'],
    ['STRING', 'STRING'],
  ])('reads %s as %s', (name, type) => {
    expect(typeNamed(name)).toBe(type);
  });

  test('keeps the name of a type that it does not list, and writes nothing to such a column', () => {
    const type = typeNamed('GEOGRAPHY');
    expect(type).toBe('GEOGRAPHY');
    const { json, proto, uses } = traitsOf(type);
    expect({ json, proto, uses }).toEqual({ json: 'none', proto: 'none', uses: [] });
  });

  test.each<[ColumnType, 'NULLABLE' | 'REPEATED', string]>([
    ['BIGNUMERIC', 'NULLABLE', '__nu'],
    ['BIGNUMERIC', 'REPEATED', '__ar'],
    ['DATE', 'NULLABLE', '__ti'],
    ['JSON', 'NULLABLE', '__js'],
  ])('names a split column of %s (%s) with %s', (type, mode, suffix) => {
    expect(suffixOf({ type, mode })).toBe(suffix);
  });
});
