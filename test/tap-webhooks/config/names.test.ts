import { describe, expect, it } from 'vitest';
import {
  integrationName,
  integrationOfStream,
  isIntegrationName,
  streamName,
} from '../../../packages/tap-webhooks/dist/names.js';

describe('the name of an integration', () => {
  it.each([
    ['Stitch Delighted', 'stitch_delighted'],
    ['  Orders / EU  ', 'orders_eu'],
    ['Ümläut & Söhne', 'umlaut_sohne'],
    ['2nd shop', '_2nd_shop'],
    ['already_fine', 'already_fine'],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('from %j is %j', (displayName, name) => {
    expect(integrationName(displayName)).toBe(name);
  });

  it('cannot be made without letters and digits', () => {
    expect(integrationName('– –')).toBeUndefined();
  });

  it.each(['shop', '_shop', 'shop_2', 'x'.repeat(63)])('may be %s', (name) => {
    expect(isIntegrationName(name)).toBe(true);
  });

  it.each(['', 'Shop', '2shop', 'shop-eu', 'shop/../x', 'shop\n', 'x'.repeat(64)])(
    'may not be %j',
    (name) => {
      expect(isIntegrationName(name)).toBe(false);
    },
  );

  it('is the part of its stream before the hyphen', () => {
    expect(streamName('stitch_delighted')).toBe('stitch_delighted-data');
    expect(integrationOfStream('stitch_delighted-data')).toBe('stitch_delighted');
  });
});
