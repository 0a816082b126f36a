import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../../packages/tap-webhooks/dist/emit/selection.js';

const catalog = (metadata: object[] | undefined) =>
  parseCatalog({ streams: [{ tap_stream_id: 'shop-data', ...(metadata ? { metadata } : {}) }] });
const root = (metadata: object) => ({ breadcrumb: [], metadata });
const property = (name: string, metadata: object) => ({ breadcrumb: ['properties', name], metadata });

describe('a catalog selects', () => {
  it('no stream that it does not list', () => {
    expect(catalog(undefined).choices('other-data')).toBeUndefined();
  });

  it('a stream without metadata', () => {
    expect(catalog(undefined).choices('shop-data')).toBeDefined();
    expect(catalog([]).choices('shop-data')).toBeDefined();
  });

  it.each([
    [{ selected: true }, true],
    [{ selected: false }, false],
    [{ inclusion: 'available', selected: true }, true],
    [{ inclusion: 'available' }, false],
    [{ 'selected-by-default': true }, true],
    [{ 'selected-by-default': true, selected: false }, false],
    [{ inclusion: 'automatic', selected: false }, true],
    [{ inclusion: 'unsupported', selected: true }, false],
  ])('a stream by its own metadata %j: %s', (metadata, selected) => {
    expect(catalog([root(metadata)]).choices('shop-data') !== undefined).toBe(selected);
  });

  it.each([
    [{ inclusion: 'available', selected: false }, false],
    [{ inclusion: 'available', selected: true }, true],
    [{ inclusion: 'unsupported' }, false],
    [{ inclusion: 'available' }, undefined],
  ])('a property by its own metadata %j: %s', (metadata, selected) => {
    const choices = catalog([root({ selected: true }), property('note', metadata)]).choices('shop-data');
    expect(choices?.inner.get('note')?.selected).toBe(selected);
  });

  it('a nested property by its breadcrumb', () => {
    const choices = catalog([
      root({ selected: true }),
      { breadcrumb: ['properties', 'person', 'properties', 'email'], metadata: { selected: false } },
    ]).choices('shop-data');
    expect(choices?.inner.get('person')?.inner.get('email')?.selected).toBe(false);
  });
});
