import { expect, it } from 'vitest';
import { eventDigest, isIntact, rowDigest } from '../../../packages/tap-webhooks/dist/inbox/digest.js';

const event = {
  position: 7,
  inbox: '17259f8a-6eb0-4657-b667-13b104b268e2',
  stream: 'shop-data',
  receivedAt: 1_767_225_600_000,
  sequence: 1_767_225_600_001,
  schemaVersion: 3,
  deliveryId: 'd1',
  eventType: 'order.created',
  row: '{"id":1}',
};
const whole = { ...event, check: eventDigest(event) };

it('an event is intact as it was recorded', () => {
  expect(whole.check).toMatch(/^[0-9a-f]{20}$/);
  expect(isIntact(whole)).toBe(true);
});

it.each([
  ['position', 8],
  ['inbox', '17259f8a-6eb0-4657-b667-13b104b268e3'],
  ['stream', 'shop-datb'],
  ['receivedAt', 1_767_225_600_001],
  ['sequence', 1_767_225_600_002],
  ['schemaVersion', 2],
  ['deliveryId', null],
  ['eventType', 'order.updated'],
  ['row', '{"id":2}'],
  ['check', '9d3d518e22aa2ef59d3d'],
])('an event is not intact when its %s was changed', (name, value) => {
  expect(isIntact({ ...whole, [name]: value })).toBe(false);
});

it('an event that format 1 recorded is intact by the digest that it was stored with', () => {
  const old = { ...event, position: 3, receivedAt: 5, sequence: 6, check: '' };
  // sha256 of `3 5 6 {"id":1}`
  expect(isIntact({ ...old, check: 'bb3b96ecf0bc23b3' })).toBe(true);
  expect(isIntact({ ...old, check: 'bb3b96ecf0bc23b3', row: '{"id":2}' })).toBe(false);
});

it('the digest of a row tells apart values that would read the same next to each other', () => {
  expect(rowDigest('a b', 1)).not.toBe(rowDigest('a', 'b 1'));
  expect(rowDigest(null, Buffer.from('x'))).not.toBe(rowDigest(null, Buffer.from('y')));
});
