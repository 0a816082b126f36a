import type { Check, JsonSchema } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { expect, it } from 'vitest';
import { StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';
import type { InboxReader } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { Seeded } from '../../helpers/seeded.js';
import { append, entriesOf, type InboxSubject, openWith, rules, taken } from './subject.js';

const NAMES = ['a', 'b', '__proto__', 'constructor', '_sdc_x', 'a__st', 'A', '0'];
const SCALARS = [
  '1',
  '1.5',
  '"x"',
  'true',
  'null',
  '[]',
  '{}',
  '1e400',
  '12345678901234567890123',
  '"2026-01-01T00:00:00Z"',
];

function eventText(random: Seeded, depth = 2): string {
  const members = Array.from(
    { length: random.below(4) },
    () => `${JSON.stringify(random.pick(NAMES))}:${valueText(random, depth)}`,
  );
  return `{${members.join(',')}}`;
}

function valueText(random: Seeded, depth: number): string {
  if (depth === 0 || random.below(3) > 0) return random.pick(SCALARS);
  if (random.below(2) === 0) return eventText(random, depth - 1);
  return `[${Array.from({ length: random.below(3) }, () => valueText(random, depth - 1)).join(',')}]`;
}

/** Returns the path of a value whose type has no column; undefined when there is none. */
function homeless(value: unknown, schema: { [keyword: string]: unknown }, path = ''): string | undefined {
  if (!hasType(value) || schema.type === undefined || typeof value !== 'object') return undefined;
  for (const [name, member] of Object.entries(value as object)) {
    const column = Array.isArray(value) ? schema.items : own(schema.properties, name);
    if (hasType(member) && column === undefined) return `${path}.${name}`;
    if (!column) continue;
    const found = homeless(member, column as { [keyword: string]: unknown }, `${path}.${name}`);
    if (found) return found;
  }
  return undefined;
}

function own(properties: unknown, name: string): unknown {
  return Object.getOwnPropertyDescriptor(properties ?? {}, name)?.value;
}

/** Returns false for null, [] and {}, and for values that consist only of them. */
function hasType(value: unknown): boolean {
  return typeof value === 'object' ? Object.values(value ?? {}).some(hasType) : true;
}

interface Version {
  readonly schema: JsonSchema;
  readonly check: Check;
}

async function versionOf(inbox: InboxReader, stream: string, version: number): Promise<Version> {
  const { schema } = await inbox.schema(stream, version);
  return { schema, check: compileSchema(schema).checkLoosely };
}

/** Tests that each row fits the version that it names, and the newest of its epoch once it is fitted again, for any mix of events in one body or in several. */
export function testRandomEvents(subject: InboxSubject): void {
  it.each([1, 2, 3, 4])('each row of random events names a version that holds it (seed %i)', async (seed) => {
    const random = new Seeded(seed);
    const integrations = Array.from({ length: 20 }, (_, n) => `web${n}`);
    const all = integrations.map((name, n) => rules({ name, ...(n % 2 === 1 && { maxMapKeys: 2 }) }));
    const { inbox } = await openWith(subject, ...all);
    for (const integration of integrations) {
      for (let n = 0; n < 5; n += 1) {
        const events = Array.from({ length: 1 + random.below(5) }, () => eventText(random));
        const verdict = await append(inbox, `[${events.join(',')}]`, { integration });
        expect(verdict).toEqual(taken({ stored: events.length }));
      }
      const versions = new Map<number, Version>();
      for (const { row, schemaVersion } of await entriesOf(inbox, `${integration}-data`)) {
        const known = versions.get(schemaVersion);
        const { schema, check } = known ?? (await versionOf(inbox, `${integration}-data`, schemaVersion));
        versions.set(schemaVersion, { schema, check });
        const { __sdc_primary_key: _, ...payload } = JSON.parse(row);
        expect([row, check(payload), homeless(payload, schema)]).toEqual([row, undefined, undefined]);
      }
      const newest = await inbox.newestOfEpoch(`${integration}-data`, 1);
      const shape = StreamShape.restore({ ...newest, splits: {} }, undefined, []);
      const { checkLoosely } = compileSchema(newest.schema);
      for (const { row } of await entriesOf(inbox, `${integration}-data`)) {
        const { __sdc_primary_key: _, ...payload } = JSON.parse(shape.refit(row));
        expect([row, checkLoosely(payload), homeless(payload, newest.schema)]).toEqual([
          row,
          undefined,
          undefined,
        ]);
      }
    }
  });
}
