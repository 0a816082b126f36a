import { hash, randomUUID } from 'node:crypto';
import { versionKey } from './event-keys.js';
import type { Delivery, IntegrationRules, Outcome } from './inbox.js';
import { type Finding, type Judgement, judge } from './judge.js';
import { noCounts, OpenStream } from './open-stream.js';
import { Sequence } from './sequence.js';
import { type Counts, type Store, StoreFailure } from './store.js';

const NO_RULES: Outcome = { kind: 'refused', reason: 'the inbox has no rules for this integration' };

/** A delivery with its stream and what becomes of it. */
interface Case {
  readonly delivery: Delivery;
  readonly stream: OpenStream;
  readonly judgement: Judgement;
}

/**
 * Decides what becomes of deliveries, and stores it, inside the driver's transaction. Positions follow the order of the
 * deliveries. What it needs of the store it holds in memory, and reads it anew after a transaction that failed.
 */
export class Recorder {
  readonly #store: Store;
  #rules: readonly IntegrationRules[] = [];
  #streams = new Map<string, OpenStream>();
  #sequence: Sequence;
  #newest: number;

  constructor(store: Store) {
    this.#store = store;
    this.#sequence = new Sequence(store.sequence());
    this.#newest = store.newest();
  }

  /** Highest position that is durable. */
  get newest(): number {
    return this.#newest;
  }

  /** Replaces the rules. What differs from the stored schema or key becomes the stream's next version. */
  setRules(rules: readonly IntegrationRules[]): void {
    this.#streams = this.#open(rules);
    this.#rules = rules;
    this.#atomically('transaction', () => {
      for (const stream of this.#streams.values()) stream.putIfNew(this.#store);
    });
  }

  /**
   * One transaction for all. A delivery that trips over a defect of ours must not take the others with it: each is then a part
   * of its own, and that one goes to the quarantine.
   * @throws StoreFailure when nothing could be made durable.
   */
  record(deliveries: readonly Delivery[]): Outcome[] {
    try {
      return this.#atomically('transaction', () => this.#recordAll(deliveries));
    } catch (cause) {
      if (cause instanceof StoreFailure) throw cause;
    }
    return this.#atomically('transaction', () => deliveries.map((delivery) => this.#recordAlone(delivery)));
  }

  #recordAlone(delivery: Delivery): Outcome {
    try {
      return this.#atomically('part', () => this.#recordAll([delivery])[0] as Outcome);
    } catch (cause) {
      if (cause instanceof StoreFailure) throw cause;
      const reason = `this version of the tap cannot read the event (${cause instanceof Error ? cause.name : 'unknown'})`;
      return this.#quarantineWhole(delivery, reason);
    }
  }

  #quarantineWhole(delivery: Delivery, reason: string): Outcome {
    const stream = this.#streams.get(delivery.integration);
    if (!stream) return NO_RULES;
    const raw: Finding = { kind: 'quarantined', reason, deliveryId: null, raw: delivery.body };
    return this.#settle({ delivery, stream, judgement: { findings: [raw], grew: false } });
  }

  #atomically<T>(how: 'transaction' | 'part', work: () => T): T {
    try {
      return this.#store[how](() => {
        const result = work();
        this.#putCollected();
        return result;
      });
    } catch (cause) {
      if (!(cause instanceof StoreFailure)) this.#readAnew();
      throw cause;
    }
  }

  /**
   * First all events are seen, then rows are made: those of one transaction share one version of the schema, also the rows
   * before the one that made it grow.
   */
  #recordAll(deliveries: readonly Delivery[]): Outcome[] {
    const cases = deliveries.map((delivery): Case | undefined => {
      const stream = this.#streams.get(delivery.integration);
      return stream && { delivery, stream, judgement: judge(stream, delivery, this.#store) };
    });
    const grown = new Set(cases.filter(hasGrown).map(({ stream }) => stream));
    for (const stream of grown) stream.putNext(this.#store);
    for (const one of cases) if (one && grown.has(one.stream)) fitAgain(one);
    return cases.map((one) => (one ? this.#settle(one) : NO_RULES));
  }

  /** Stores what one delivery became. */
  #settle({ delivery, stream, judgement }: Case): Outcome {
    if ('malformed' in judgement) return { kind: 'malformed', reason: judgement.malformed };
    const counts = noCounts();
    for (const finding of judgement.findings) this.#put(stream, delivery, finding, counts);
    if (delivery.tokenId !== undefined) this.#store.touchToken(delivery.tokenId, delivery.receivedAt);
    return { kind: 'taken', ...counts };
  }

  #put(stream: OpenStream, delivery: Delivery, finding: Finding, counts: Counts): void {
    const { receivedAt } = delivery;
    switch (finding.kind) {
      case 'row':
        this.#addRow(stream, receivedAt, finding.row, versionKey(stream.rules, finding.text, finding.node));
        break;
      case 'quarantined': {
        const { deliveryId, reason, raw } = finding;
        const sequence = this.#sequence.next(undefined, receivedAt);
        this.#store.addQuarantined({
          stream: stream.rules.stream,
          receivedAt,
          sequence,
          deliveryId,
          reason,
          body: raw,
        });
        break;
      }
    }
    const name = finding.kind === 'row' ? 'stored' : finding.kind;
    counts[name] += 1;
    stream.counts[name] += 1;
  }

  #addRow(
    { rules, version }: OpenStream,
    receivedAt: number,
    payload: string,
    key: string | undefined,
  ): void {
    const row = rules.keyProperties.length > 0 ? payload : withGeneratedKey(payload);
    const sequence = this.#sequence.next(key, receivedAt);
    this.#newest += 1;
    const position = this.#newest;
    const check = hash('sha256', `${position} ${receivedAt} ${sequence} ${row}`).slice(0, 16);
    this.#store.addEvent({
      position,
      stream: rules.stream,
      receivedAt,
      sequence,
      schemaVersion: version,
      check,
      row,
    });
  }

  /** What collects over a transaction is written once, at its end. */
  #putCollected(): void {
    for (const stream of this.#streams.values()) stream.putCounts(this.#store);
    const change = this.#sequence.takeChange();
    if (change) this.#store.putSequence(change);
  }

  #readAnew(): void {
    this.#sequence = new Sequence(this.#store.sequence());
    this.#newest = this.#store.newest();
    this.#streams = this.#open(this.#rules);
  }

  #open(all: readonly IntegrationRules[]): Map<string, OpenStream> {
    return new Map(
      all.map((rules) => [rules.name, new OpenStream(rules, this.#store.newestSchema(rules.stream))]),
    );
  }
}

function hasGrown(one: Case | undefined): one is Case {
  return one !== undefined && 'grew' in one.judgement && one.judgement.grew;
}

function fitAgain({ stream, judgement }: Case): void {
  if ('malformed' in judgement) return;
  for (const finding of judgement.findings) {
    if (finding.kind === 'row') finding.row = stream.shape.fit(finding.text, finding.node).row;
  }
}

/** RFC 9562; random, and stored with the event, so that it is the same on every redelivery. */
function withGeneratedKey(payload: string): string {
  const head = payload === '{}' ? '{' : `${payload.slice(0, -1)},`;
  return `${head}"__sdc_primary_key":"${randomUUID()}"}`;
}
