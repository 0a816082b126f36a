import { randomUUID } from 'node:crypto';
import { COLUMN } from '@tap-webhooks/singer';
import { MOST_EVENTS } from './decode.js';
import { eventDigest } from './digest.js';
import { type Finding, Findings, type SetAside } from './findings.js';
import type { Delivery, Entry, Outcome, StreamSchema } from './inbox.js';
import type { Counts, Known, Quarantined, SavedSequence, SeenDelivery, Written } from './judgement.js';
import type { Prepared, PreparedDelivery, PreparedEvent, Source } from './prepare.js';
import { Sequence } from './sequence.js';
import type { Shapes } from './shapes.js';

const NO_RULES: Outcome = { kind: 'refused', reason: 'the inbox has no rules for this integration' };

/**
 * Decides what becomes of deliveries that are recorded together. Positions follow their order. It calls no store: a driver
 * prepares the deliveries, reads what they need, calls this, and writes what it returns, in one transaction.
 *
 * A delivery that meets a defect of ours must not take the others with it: all of them are judged again, with that one set
 * aside for the quarantine.
 * @param shapes remembered between calls. When what is returned does not become durable, the caller lets it `forget`.
 */
export function judge(known: Known, { deliveries }: Prepared, shapes: Shapes): Written {
  const setAside: SetAside = new Map();
  for (;;) {
    const before = setAside.size;
    const found = new Findings(known, deliveries, shapes, setAside);
    if (setAside.size === before) return new Numbers(known, deliveries, found);
    shapes.forget();
  }
}

/** Gives rows their positions and sequence numbers, and counts. */
class Numbers implements Written {
  readonly rows: Entry[] = [];
  readonly retryKeys: ReadonlyMap<string, SeenDelivery>;
  readonly quarantined: Quarantined[] = [];
  readonly schemas: readonly StreamSchema[];
  readonly counts = new Map<string, Counts>();
  readonly tokens = new Map<number, number>();
  readonly sequence: SavedSequence;
  readonly outcomes: readonly Outcome[];
  readonly #found: Findings;
  readonly #clock: Sequence;
  readonly #inbox: string;
  #position: number;

  constructor(known: Known, deliveries: readonly PreparedDelivery[], found: Findings) {
    this.retryKeys = found.retryKeys;
    this.schemas = found.schemas;
    this.#found = found;
    this.#clock = new Sequence(known.sequence, known.confirmedTime);
    this.#inbox = known.incarnation;
    this.#position = known.newest;
    this.outcomes = deliveries.map((delivery, index) => this.#settle(delivery, found.findings[index] ?? []));
    this.sequence = this.#clock.change();
  }

  #settle(prepared: PreparedDelivery, findings: readonly Finding[]): Outcome {
    if (prepared.kind === 'unknown') return NO_RULES;
    if (prepared.kind === 'malformed') return malformed(prepared);
    if (prepared.kind === 'too_many_events') return { kind: 'too_many_events', most: MOST_EVENTS };
    if (this.#found.stale.has(prepared)) return { kind: 'stale' };
    const { of } = prepared;
    const { tokenId, receivedAt } = of.delivery;
    const counts = noCounts();
    for (const finding of findings) this.#add(of, finding, counts);
    this.#count(of.rules.stream, counts);
    if (tokenId !== undefined) this.tokens.set(tokenId, receivedAt);
    return { kind: 'taken', ...counts, ...(counts.quarantined > 0 && { reasons: reasonsOf(findings) }) };
  }

  #add(of: Source, finding: Finding, counts: Counts): void {
    if (finding.kind === 'row') this.#addRow(of, finding.event, finding.row);
    else if (finding.kind === 'quarantined') this.#addQuarantined(of, finding);
    counts[finding.kind === 'row' ? 'stored' : finding.kind] += 1;
  }

  #addRow({ rules, delivery }: Source, event: PreparedEvent, payload: string): void {
    const { receivedAt } = delivery;
    const { versionKey, deliveryId, eventType, chosen } = event;
    const row = chosen === undefined ? payload : withMembers(payload, chosen);
    this.#position += 1;
    const entry = {
      position: this.#position,
      inbox: this.#inbox,
      stream: rules.stream,
      receivedAt,
      sequence: this.#clock.next(versionKey, receivedAt),
      schemaVersion: this.#found.versionOf(rules.stream),
      deliveryId,
      eventType,
      row: rules.keyProperties.length > 0 ? row : withGeneratedKey(row),
    };
    this.rows.push({ ...entry, check: eventDigest(entry) });
  }

  #addQuarantined(
    { rules, delivery }: Source,
    { reason, deliveryId, eventType, index, body }: Finding & { kind: 'quarantined' },
  ): void {
    const { stream } = rules;
    const { receivedAt } = delivery;
    const sequence = this.#clock.next(undefined, receivedAt);
    const request = requestOf(delivery);
    const event = { stream, receivedAt, sequence, deliveryId, eventType, index, reason, body };
    this.quarantined.push(request === undefined ? event : { ...event, request });
  }

  #count(stream: string, counts: Counts): void {
    const sum = this.counts.get(stream);
    if (!sum) {
      this.counts.set(stream, { ...counts });
      return;
    }
    for (const name of ['stored', 'duplicate', 'filtered', 'quarantined'] as const) sum[name] += counts[name];
  }
}

function requestOf({ contentType, headers, query }: Delivery): string | undefined {
  const parts = {
    ...(contentType && { content_type: contentType }),
    ...(headers && { headers }),
    ...(query && { query }),
  };
  return Object.keys(parts).length === 0 ? undefined : JSON.stringify(parts);
}

/** The outcome of a body of which nothing is kept. */
export function malformed({
  reason,
  isOtherThanJson,
}: Extract<PreparedDelivery, { kind: 'malformed' }>): Outcome {
  return { kind: 'malformed', reason, ...(isOtherThanJson && { isOtherThanJson }) };
}

function reasonsOf(findings: readonly Finding[]): { [reason: string]: number } {
  const reasons: { [reason: string]: number } = {};
  for (const finding of findings)
    if (finding.kind === 'quarantined') reasons[finding.reason] = (reasons[finding.reason] ?? 0) + 1;
  return reasons;
}

export function noCounts(): Counts {
  return { stored: 0, duplicate: 0, filtered: 0, quarantined: 0 };
}

/** RFC 9562; random, and stored with the event, so that it is the same on every redelivery. */
function withGeneratedKey(payload: string): string {
  return withMembers(payload, `"${COLUMN.generatedKey}":"${randomUUID()}"`);
}

function withMembers(row: string, members: string): string {
  const head = row === '{}' ? '{' : `${row.slice(0, -1)},`;
  return `${head}${members}}`;
}
