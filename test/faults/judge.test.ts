import { describe, expect, test } from 'vitest';
import { type DeliveryForm, deliveryOf, type SentEvent } from './deliveries.js';
import type { Row } from './destinations/destination.js';
import { type Evidence, judge } from './judge.js';
import { Ledger } from './ledger.js';
import { slopeOf } from './slope.js';

const form: DeliveryForm = { seed: 1, insist: true, oneEventEach: true };
const deliveries = Array.from({ length: 40 }, (_, number) => deliveryOf(form, number));

/** Returns what a run without a fault leaves: each delivery was answered before the next was sent. */
function flawless(): Evidence & { rows: Row[] } {
  const ledger = new Ledger();
  for (const delivery of deliveries) {
    ledger.sent(delivery);
    ledger.answered(delivery, 200, false);
  }
  const rows = deliveries.map(({ integration, events }, index) => ({
    integration,
    id: (events[0] as SentEvent).id,
    inbox: 'a',
    position: index + 1,
    sequence: 1000 + index,
    payload: events[0]?.text,
  }));
  const isEqual = (row: Row, event: SentEvent) => row.payload === event.text;
  return { form, ledger, rows, isEqual, rejected: 0, quarantined: 0 };
}

/** Returns the findings after the evidence was changed. */
function findingsAfter(
  change: (evidence: Evidence & { rows: Row[] }) => Partial<Evidence> | undefined,
): string {
  const evidence = flawless();
  return judge({ ...evidence, ...change(evidence) }).findings.join('; ');
}

function put(rows: Row[], index: number, change: Partial<Row>): undefined {
  rows[index] = { ...(rows[index] as Row), ...change };
}

/** Indices of two versions of one key. */
const [older = 0, newer = 0] = versionsOfAKey();

function versionsOfAKey(): number[] {
  const byKey = new Map<string, number[]>();
  for (const [index, { events }] of deliveries.entries()) {
    const key = events[0]?.key;
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), index]);
  }
  return [...byKey.values()].find((versions) => versions.length > 1) ?? [];
}

describe('the judge', () => {
  test('has nothing to say of a run in which every acknowledged webhook is a row', () => {
    expect(judge(flawless())).toEqual({
      acknowledged: 40,
      due: 40,
      rows: 40,
      missing: 0,
      twice: 0,
      findings: [],
    });
  });

  test('says which acknowledged event is in no table', () => {
    expect(findingsAfter(({ rows }) => void rows.pop())).toBe('1 acknowledged but in no table: 39/0');
  });

  test('says which position is missing between others', () => {
    expect(findingsAfter(({ rows }) => void rows.splice(5, 1))).toBe(
      '1 acknowledged but in no table: 5/0; 1 positions that come after a gap: 7',
    );
  });

  test('says which event is in a table twice, also under a position of its own', () => {
    expect(findingsAfter(({ rows }) => void rows.push({ ...(rows[3] as Row), position: 41 }))).toBe(
      '1 in a table more than once: 3/0',
    );
  });

  test('says which row was never sent', () => {
    expect(
      findingsAfter(({ rows }) => void rows.push({ ...(rows[3] as Row), id: '77/0', position: 41 })),
    ).toBe('1 in a table but never sent: 77/0');
  });

  test('says which row is not the bytes that were sent', () => {
    expect(findingsAfter(({ rows }) => put(rows, 4, { payload: '{}' }))).toBe(
      '1 different from what was sent: 4/0',
    );
  });

  test('says which version of a key has a sequence before one that was acknowledged earlier', () => {
    expect(newer).toBeGreaterThan(older);
    expect(findingsAfter(({ rows }) => put(rows, newer, { sequence: 999 }))).toMatch(
      /out of order within their key/,
    );
  });

  test('says when two versions of a key have the same sequence', () => {
    expect(findingsAfter(({ rows }) => put(rows, newer, { sequence: 1000 + older }))).toMatch(
      /out of order within their key/,
    );
  });

  test('says which position two rows have', () => {
    expect(findingsAfter(({ rows }) => put(rows, 39, { position: 39 }))).toBe(
      '1 positions that several rows have: 39',
    );
  });

  test('says when the quarantine holds what it must not, and when it cannot be read', () => {
    expect(findingsAfter(() => ({ quarantined: 2 }))).toBe(
      '2 events are in the quarantine, where 0 to 0 must be',
    );
    expect(findingsAfter(() => ({ quarantined: undefined }))).toBe(
      'The inbox cannot be read: `status` failed',
    );
  });

  test('says how many records were rejected', () => {
    expect(findingsAfter(() => ({ rejected: 3 }))).toBe('3 records are in _sdc_rejected, and none may be');
  });

  test('asks for no row of a delivery that was never answered, and takes one', () => {
    const evidence = flawless();
    const unanswered = deliveryOf(form, 40);
    evidence.ledger.sent(unanswered);
    expect(judge(evidence).findings).toEqual([]);
    const event = unanswered.events[0] as SentEvent;
    const { integration } = unanswered;
    evidence.rows.push({
      integration,
      id: event.id,
      inbox: 'a',
      position: 41,
      sequence: 2000,
      payload: event.text,
    });
    expect(judge(evidence).findings).toEqual([]);
  });
});

test('the slope of a line through samples is its rise per hour', () => {
  const samples = [1, 2, 3, 4].map((hour) => ({ hour, value: 100 + 7 * hour }));
  expect(slopeOf(samples)).toBeCloseTo(7);
  expect(slopeOf(samples.slice(0, 1))).toBeNaN();
});
