import { InvalidKey } from '../columns/keys.js';
import type { StreamShape } from '../columns/stream-shape.js';
import type { RetryKey } from './event-keys.js';
import type { IntegrationRules, StreamSchema } from './inbox.js';
import type { Known, SeenDelivery } from './judgement.js';
import { defectReason, type PreparedDelivery, type PreparedEvent, type Source, textOf } from './prepare.js';
import { freshShape, type Shapes, schemaOf } from './shapes.js';

/** What becomes of one event, before its row gets its numbers. */
export type Finding =
  | { readonly kind: 'row'; readonly event: PreparedEvent; row: string }
  | { readonly kind: 'filtered' | 'duplicate' }
  | {
      readonly kind: 'quarantined';
      readonly reason: string;
      readonly deliveryId: string | null;
      readonly eventType: string | null;
      readonly index: number;
      readonly body: Uint8Array;
    };

/** Deliveries that met a defect of ours, with the reason for the quarantine. */
export type SetAside = Map<PreparedDelivery, string>;

/** A stream while its events are looked at. */
interface GrowingStream {
  readonly rules: IntegrationRules;
  readonly stored: StreamSchema | undefined;
  /** Of the schema that holds its rows. */
  version: number;
  shape: StreamShape;
  grew: boolean;
}

const NOT_OBJECT = 'the event is valid JSON, but not an object';

/** Decides what each event becomes, alone and in order, while the shapes of the streams grow. Gives no numbers. */
export class Findings {
  /** One list per delivery, in their order; empty where nothing is to be stored. */
  readonly findings: Array<readonly Finding[]>;
  /** Keys of retries that were not known, by their names. */
  readonly retryKeys = new Map<string, SeenDelivery>();
  /** The next version of the schema of each stream that grew. */
  readonly schemas: StreamSchema[] = [];
  readonly #known: Known;
  readonly #shapes: Shapes;
  readonly #setAside: SetAside;
  readonly #streams = new Map<string, GrowingStream>();

  /** @param setAside deliveries that meet a defect now are added: what was found is of no use then. */
  constructor(known: Known, deliveries: readonly PreparedDelivery[], shapes: Shapes, setAside: SetAside) {
    this.#known = known;
    this.#shapes = shapes;
    this.#setAside = setAside;
    this.findings = deliveries.map((delivery) => this.#findAll(delivery));
    for (const stream of this.#streams.values()) if (stream.grew) this.#nextVersion(stream);
    if (this.schemas.length > 0) this.#fitAgain(deliveries);
  }

  /** Version of the schema that holds the rows of a stream. */
  versionOf(stream: string): number {
    return this.#streams.get(stream)?.version ?? 0;
  }

  #findAll(delivery: PreparedDelivery): readonly Finding[] {
    if (delivery.kind === 'unknown' || delivery.kind === 'malformed') return [];
    const { of } = delivery;
    if (delivery.kind === 'unreadable') return [quarantinedWhole(of, delivery.reason)];
    const reason = this.#setAside.get(delivery);
    if (reason !== undefined) return [quarantinedWhole(of, reason)];
    const stream = this.#streamOf(of.rules);
    try {
      return delivery.events.map((event) => this.#find(stream, of, event));
    } catch (cause) {
      this.#setAside.set(delivery, defectReason(cause));
      stream.shape = freshShape(of.rules, stream.stored); // half of the event may have grown on it
      return [];
    }
  }

  #find(stream: GrowingStream, of: Source, event: PreparedEvent): Finding {
    if (event.isFiltered) return { kind: 'filtered' };
    if (event.retryKey !== undefined && this.#isRetry(event.retryKey, of)) return { kind: 'duplicate' };
    const { text, node, problem } = event;
    if (node?.kind !== 'object') return quarantined(event, problem ?? NOT_OBJECT);
    try {
      const { row, grew } = stream.shape.fit(text, node);
      stream.grew ||= grew;
      return { kind: 'row', event, row };
    } catch (cause) {
      if (cause instanceof InvalidKey) return quarantined(event, cause.reason);
      throw cause;
    }
  }

  /** Remembers the key, so that the same event later in these deliveries is a retry too. */
  #isRetry(key: RetryKey, { delivery }: Source): boolean {
    if (this.#known.retryKeys.has(key.name) || this.retryKeys.has(key.name)) return true;
    this.retryKeys.set(key.name, { ...key, receivedAt: delivery.receivedAt });
    return false;
  }

  #streamOf(rules: IntegrationRules): GrowingStream {
    const open = this.#streams.get(rules.stream);
    if (open) return open;
    const stored = this.#known.schemas.get(rules.stream);
    const shape = this.#shapes.of(rules, stored);
    const stream = { rules, stored, version: stored?.version ?? 0, shape, grew: false };
    this.#streams.set(rules.stream, stream);
    return stream;
  }

  #nextVersion(stream: GrowingStream): void {
    stream.version += 1;
    this.schemas.push(schemaOf(stream.rules, stream.version, stream.shape));
    this.#shapes.keep(stream.rules, stream.version, stream.shape);
  }

  /** Rows of one transaction share one version of the schema, also those before the event that made it grow. */
  #fitAgain(deliveries: readonly PreparedDelivery[]): void {
    for (const [index, delivery] of deliveries.entries()) {
      if (delivery.kind !== 'readable') continue;
      const stream = this.#streams.get(delivery.of.rules.stream);
      if (!stream?.grew) continue;
      try {
        for (const finding of this.findings[index] ?? []) {
          if (finding.kind !== 'row' || !finding.event.node) continue;
          finding.row = stream.shape.fit(finding.event.text, finding.event.node).row;
        }
      } catch (cause) {
        this.#setAside.set(delivery, defectReason(cause));
      }
    }
  }
}

function quarantined(event: PreparedEvent, reason: string): Finding {
  const { deliveryId, eventType, index } = event;
  return { kind: 'quarantined', reason, deliveryId, eventType, index, body: Buffer.from(textOf(event)) };
}

function quarantinedWhole({ delivery }: Source, reason: string): Finding {
  const { deliveryId = null, eventType = null, body } = delivery;
  return { kind: 'quarantined', reason, deliveryId, eventType, index: 0, body };
}
