import { type Delivery, type DeliveryForm, deliveryOf, type SentEvent } from './deliveries.js';
import type { Destination, Row } from './destinations/destination.js';
import type { Entry, Ledger } from './ledger.js';

export interface Evidence {
  readonly form: DeliveryForm;
  readonly ledger: Ledger;
  readonly rows: readonly Row[];
  readonly isEqual: Destination['isEqual'];
  readonly rejected: number;
  /** Events in the quarantine, by `status`; undefined when it cannot read the inbox. */
  readonly quarantined: number | undefined;
  /** Numbers of deliveries that a restored inbox does not know: they may be missing, and twice when they were repeated. */
  readonly excused?: ReadonlySet<number>;
}

export interface Verdict {
  /** Webhooks that were answered 200. */
  readonly acknowledged: number;
  /** Events of those webhooks that must be rows. */
  readonly due: number;
  readonly rows: number;
  readonly missing: number;
  readonly twice: number;
  /** What is wrong, a sentence per kind of fault with some examples; empty when nothing is. */
  readonly findings: readonly string[];
}

/** What is known of an event that may be in the table. Its text is made again when it is compared. */
interface Sent {
  readonly event: Omit<SentEvent, 'text'>;
  readonly entry: Entry;
}

const EXAMPLES = 5;

/** Holds the tables against what was sent and acknowledged. */
export function judge(evidence: Evidence): Verdict {
  const sent = sentEvents(evidence);
  const rows = new Map<string, Row[]>();
  for (const row of evidence.rows) rows.set(row.id, [...(rows.get(row.id) ?? []), row]);
  const due = [...sent.values()].filter(
    ({ event, entry }) =>
      entry.acknowledgedAt !== undefined && !event.quarantined && !evidence.excused?.has(entry.number),
  );
  const missing = due.filter(({ event }) => !rows.has(event.id)).map(({ event }) => event.id);
  const isExcused = (id: string) => evidence.excused?.has(sent.get(id)?.entry.number ?? -1);
  const twice = [...rows].filter(([id, copies]) => copies.length > 1 && !isExcused(id)).map(([id]) => id);
  const findings = [
    sentence('acknowledged but in no table', missing),
    sentence('in a table more than once', twice),
    sentence(
      'in a table but never sent',
      [...rows.keys()].filter((id) => !sent.has(id)),
    ),
    sentence(
      'in a table but cannot be a row',
      [...rows.keys()].filter((id) => sent.get(id)?.event.quarantined),
    ),
    sentence('different from what was sent', different(evidence, sent)),
    sentence(
      'out of order within their key',
      outOfOrder(
        evidence.rows.filter(({ id }) => !isExcused(id)),
        sent,
      ),
    ),
    ...positionFindings(evidence),
    ...quarantineFindings(evidence, sent),
    evidence.rejected > 0 ? `${evidence.rejected} records are in _sdc_rejected, and none may be` : '',
  ].filter((finding) => finding !== '');
  const { acknowledged } = evidence.ledger;
  return {
    acknowledged,
    due: due.length,
    rows: evidence.rows.length,
    missing: missing.length,
    twice: twice.length,
    findings,
  };
}

function sentEvents({ form, ledger }: Evidence): Map<string, Sent> {
  const sent = new Map<string, Sent>();
  for (const entry of ledger.entries.values()) {
    for (const event of deliveryOf(form, entry.number).events) sent.set(event.id, { event, entry });
  }
  return sent;
}

function different({ form, rows, isEqual }: Evidence, sent: ReadonlyMap<string, Sent>): string[] {
  let last: Delivery | undefined; // rows of a delivery follow each other
  return rows
    .filter((row) => {
      const number = sent.get(row.id)?.entry.number;
      if (number === undefined) return false;
      if (last?.number !== number) last = deliveryOf(form, number);
      const event = last.events.find(({ id }) => id === row.id);
      return event !== undefined && !isEqual(row, event);
    })
    .map(({ id }) => id);
}

/**
 * Returns rows that come, by `_sdc_sequence`, after a row of the same key that was first sent only after they had been
 * acknowledged. Deliveries that were open at the same time may be in either order.
 */
function outOfOrder(rows: readonly Row[], sent: ReadonlyMap<string, Sent>): string[] {
  const byKey = new Map<string, Array<{ row: Row; entry: Entry }>>();
  for (const row of rows) {
    const found = sent.get(row.id);
    if (found?.event.key === undefined) continue;
    const versions = byKey.get(found.event.key) ?? [];
    versions.push({ row, entry: found.entry });
    byKey.set(found.event.key, versions);
  }
  return [...byKey.values()].flatMap((versions) => {
    versions.sort((a, b) => a.row.sequence - b.row.sequence || a.row.position - b.row.position);
    let newestSent = 0;
    let last = -1;
    return versions.flatMap(({ row, entry }) => {
      const isLate = (entry.acknowledgedAt ?? Number.POSITIVE_INFINITY) < newestSent || row.sequence === last;
      newestSent = Math.max(newestSent, entry.sentAt);
      last = row.sequence;
      return isLate ? [row.id] : [];
    });
  });
}

/**
 * Positions of an inbox are dense: each from the first to the last names one row. Where an older inbox was put back, the end of
 * an earlier incarnation may have gaps: one table was loaded further than another, and the rest is lost with that inbox.
 */
function positionFindings({ rows, excused }: Evidence): string[] {
  const newest = rows.reduce<Row | undefined>(
    (found, row) => (found && found.sequence > row.sequence ? found : row),
    undefined,
  );
  const byInbox = new Map<string, number[]>();
  for (const { inbox, position } of rows) {
    const positions = byInbox.get(inbox) ?? [];
    positions.push(position);
    byInbox.set(inbox, positions);
  }
  return [...byInbox].flatMap(([inbox, positions]) => {
    positions.sort((a, b) => a - b);
    const mayHaveGaps = excused !== undefined && excused.size > 0 && inbox !== newest?.inbox;
    const gaps = mayHaveGaps
      ? []
      : positions.filter((position, at) => at > 0 && position > (positions[at - 1] ?? 0) + 1);
    const shared = positions.filter((position, at) => position === positions[at - 1]);
    return [
      sentence('positions that come after a gap', gaps.map(String)),
      sentence('positions that several rows have', shared.map(String)),
    ];
  });
}

/** The quarantine holds the events that cannot be rows, and no others. */
function quarantineFindings({ quarantined, excused }: Evidence, sent: ReadonlyMap<string, Sent>): string[] {
  if (quarantined === undefined) return ['The inbox cannot be read: `status` failed'];
  const odd = [...sent.values()].filter(({ event }) => event.quarantined);
  const least = odd.filter(
    ({ entry }) => entry.acknowledgedAt !== undefined && !excused?.has(entry.number),
  ).length;
  if (quarantined >= least && quarantined <= odd.length) return [];
  return [`${quarantined} events are in the quarantine, where ${least} to ${odd.length} must be`];
}

function sentence(what: string, ids: readonly string[]): string {
  if (ids.length === 0) return '';
  const more = ids.length > EXAMPLES ? ', …' : '';
  return `${ids.length} ${what}: ${ids.slice(0, EXAMPLES).join(', ')}${more}`;
}
