import { LIMIT } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import { streamFormat } from '../../../packages/tap-webhooks/dist/emit/stream-format.js';
import { judge } from '../../../packages/tap-webhooks/dist/inbox/judge.js';
import type { Written } from '../../../packages/tap-webhooks/dist/inbox/judgement.js';
import { prepare } from '../../../packages/tap-webhooks/dist/inbox/prepare.js';
import { Shapes } from '../../../packages/tap-webhooks/dist/inbox/shapes.js';
import { NOW, rules } from '../../contracts/inbox/subject.js';

const web = rules();

/** Judges bodies in a new inbox, as one batch. */
function judged(...bodies: string[]): Written {
  const deliveries = bodies.map((body) => ({ integration: 'web', receivedAt: NOW, body: Buffer.from(body) }));
  const known = {
    newest: 0,
    retryKeys: new Set<string>(),
    schemas: new Map(),
    sequence: { mark: 0, keys: new Map() },
  };
  return judge(known, prepare(deliveries, new Map([['web', web]])), new Shapes());
}

/** Returns the bytes of the line that is printed for the last row. */
function printedBytes({ rows, schemas }: Written): number {
  const [entry, schema] = [rows.at(-1), schemas[0]];
  if (!entry || !schema) throw new Error('nothing became a row');
  const inbox = '"3f2c0a86-5a55-4a3c-9b7e-0d2f5f8f3f11"';
  return Buffer.byteLength(streamFormat(schema, 'integration').recordLine(entry, inbox));
}

describe('an event near the longest line', () => {
  it('is a row when its line fits', () => {
    const written = judged(`{"a":"${'x'.repeat(LIMIT.lineBytes - 5000)}"}`);
    expect(written.outcomes).toMatchObject([{ stored: 1, quarantined: 0 }]);
    expect(printedBytes(written)).toBeLessThanOrEqual(LIMIT.lineBytes);
    expect(printedBytes(written)).toBeGreaterThan(LIMIT.lineBytes - 5000);
  });

  it('is quarantined when its line would be longer, and adds no columns', () => {
    const body = `{"a":"${'€'.repeat(LIMIT.lineBytes / 3)}","b":1}`;
    const { outcomes, quarantined, schemas } = judged(body, '{"c":1}');
    expect(outcomes).toMatchObject([
      { stored: 0, quarantined: 1 },
      { stored: 1, quarantined: 0 },
    ]);
    expect(quarantined[0]?.reason).toBe('its row would be a line of more than 50331648 bytes');
    expect(quarantined[0]?.body.length).toBe(Buffer.byteLength(body));
    expect(Object.keys(schemas[0]?.schema.properties as object)).toEqual(['c']);
  });

  it('is measured with what its row adds to it', () => {
    const names = Array.from({ length: LIMIT.columnsPerObject }, (_, i) => `"c${i}":1`).join(',');
    const event = (items: number) => `{"a":[${'{"":1},'.repeat(items)}{}],"s":"${'x'.repeat(46_000_000)}"}`;
    const { outcomes } = judged(`{"a":[{${names}}]}`, event(200_000), event(100_000));
    expect(outcomes).toMatchObject([{ stored: 1 }, { stored: 0, quarantined: 1 }, { stored: 1 }]);
  });
});
