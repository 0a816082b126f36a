import { LIMIT } from '@tap-webhooks/singer';
import { InvalidKey } from '../columns/keys.js';
import { StreamShape } from '../columns/stream-shape.js';
import type { RetryKey } from './event-keys.js';
import type { IntegrationRules, StreamSchema } from './inbox.js';
import type { Known, SeenDelivery } from './judgement.js';
import { canRowBeTooLong, isRowTooLong } from './line-limit.js';
import {
  defectReason,
  type FittedFound,
  type PreparedDelivery,
  type PreparedEvent,
  quarantinedBody,
  type Source,
  textOf,
} from './prepare.js';
import { freshShape, type Shapes, schemaOf } from './shapes.js';

/** What becomes of one event, before its row gets its numbers. */
export type Finding =
  | { readonly kind: 'row'; readonly event: PreparedEvent; readonly row: string }
  | { readonly kind: 'filtered' | 'duplicate' }
  | {
      readonly kind: 'quarantined';
      readonly reason: string;
      readonly deliveryId: string | null;
      readonly eventType: string | null;
      readonly index: number;
      readonly body: Uint8Array;
    };

/** What has to be known to find out what events become. */
export type KnownToFind = Pick<Known, 'retryKeys' | 'schemas'>;

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
const TOO_LONG = `its row would be a line of more than ${LIMIT.lineBytes} bytes`;

/** Decides what each event becomes, alone and in order, while the shapes of the streams grow. Gives no numbers. */
export class Findings {
  /** One list per delivery, in their order; empty where nothing is to be stored. */
  readonly findings: Array<readonly Finding[]>;
  /** Keys of retries that were not known, by their names. */
  readonly retryKeys = new Map<string, SeenDelivery>();
  /** The next version of the schema of each stream that grew. */
  readonly schemas: StreamSchema[] = [];
  /** Large bodies that must be fitted again, since their streams have other columns now. */
  readonly stale = new Set<PreparedDelivery>();
  readonly #known: KnownToFind;
  readonly #shapes: Shapes;
  readonly #setAside: SetAside;
  readonly #streams = new Map<string, GrowingStream>();

  /** @param setAside deliveries that meet a defect now are added: what was found is of no use then. */
  constructor(
    known: KnownToFind,
    deliveries: readonly PreparedDelivery[],
    shapes: Shapes,
    setAside: SetAside,
  ) {
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
    if (delivery.kind === 'fitted') return this.#adopt(delivery);
    if (delivery.kind !== 'readable' && delivery.kind !== 'unreadable') return [];
    const { of } = delivery;
    if (delivery.kind === 'unreadable') {
      const { retryKey } = delivery;
      const isRetry = retryKey !== undefined && this.#isRetry(retryKey, of);
      return [isRetry ? { kind: 'duplicate' } : quarantinedWhole(of, delivery.reason, retryKey?.id)];
    }
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

  /** Takes what became of a large body, unless the stream's columns have changed since it was fitted to them. */
  #adopt(delivery: PreparedDelivery & { kind: 'fitted' }): readonly Finding[] {
    const { of, schema } = delivery;
    const stream = this.#streamOf(of.rules);
    if (stream.grew || stream.version !== delivery.version) {
      this.stale.add(delivery);
      return [];
    }
    const findings = delivery.events.map((event, index): Finding => {
      const found = delivery.found[index] as FittedFound;
      if (found.kind !== 'row' && found.kind !== 'quarantined') return found;
      if (event.retryKey !== undefined && this.#isRetry(event.retryKey, of)) return { kind: 'duplicate' };
      return found.kind === 'row' ? { ...found, event } : quarantined(event, found.reason);
    });
    if (schema && findings.some(({ kind }) => kind === 'row')) {
      stream.shape = freshShape(of.rules, schema);
      stream.grew = true;
    }
    return findings;
  }

  #find(stream: GrowingStream, of: Source, event: PreparedEvent): Finding {
    if (event.isFiltered) return { kind: 'filtered' };
    if (event.retryKey !== undefined && this.#isRetry(event.retryKey, of)) return { kind: 'duplicate' };
    const { text, node, problem } = event.element;
    if (node?.kind !== 'object') return quarantined(event, problem ?? NOT_OBJECT);
    try {
      const more = Buffer.byteLength(event.chosen ?? '');
      if (canRowBeTooLong(text, node.start, node.end, more)) {
        const trial = trialOf(stream).fit(text, node);
        if (isRowTooLong(trial.row, more)) return quarantined(event, TOO_LONG);
      }
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
    if (delivery.isFromQuarantine) return false;
    if (this.#known.retryKeys.has(key.name) || this.retryKeys.has(key.name)) return true;
    if (key.former && this.#known.retryKeys.has(key.former.name)) return true;
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
    const { version, stored } = stream;
    this.schemas.push(schemaOf(stream.rules, { version, epoch: stored?.epoch ?? 1 }, stream.shape));
    this.#shapes.keep(stream.rules, stream.version, stream.shape);
  }

  /** Rows of one transaction share one version of the schema, also those before the event that made it grow. */
  #fitAgain(deliveries: readonly PreparedDelivery[]): void {
    for (const [index, delivery] of deliveries.entries()) {
      if (delivery.kind !== 'readable' && delivery.kind !== 'fitted') continue;
      const stream = this.#streams.get(delivery.of.rules.stream);
      if (!stream?.grew) continue;
      try {
        this.findings[index] = (this.findings[index] ?? []).map((finding) =>
          finding.kind === 'row' ? { ...finding, row: stream.shape.refit(finding.row) } : finding,
        );
      } catch (cause) {
        this.#setAside.set(delivery, defectReason(cause));
      }
    }
  }
}

/** Returns a copy of the stream's columns, on which an event can be fitted that may not become a row. */
function trialOf({ rules, shape }: GrowingStream): StreamShape {
  return StreamShape.restore(shape.save(), rules.schema, rules.keyProperties, rules.maxMapKeys);
}

function quarantined(event: PreparedEvent, reason: string): Finding {
  const { element, deliveryId, eventType, index } = event;
  return { kind: 'quarantined', reason, deliveryId, eventType, index, body: Buffer.from(textOf(element)) };
}

function quarantinedWhole(of: Source, reason: string, id?: string): Finding {
  const { deliveryId = id ?? null, eventType = null } = of.delivery;
  return { kind: 'quarantined', reason, deliveryId, eventType, index: 0, body: quarantinedBody(of) };
}
