import { type SavedShape, StreamShape } from '../columns/stream-shape.js';
import type { IntegrationRules, StreamSchema } from './inbox.js';
import type { Counts, Store } from './store.js';

/** A stream while it is written: its rules, and the shape that its events gave it so far. */
export class OpenStream {
  readonly rules: IntegrationRules;
  readonly shape: StreamShape;
  /** Event types to keep; undefined: all. */
  readonly events: ReadonlySet<string> | undefined;
  counts: Counts = noCounts();
  #version: number;

  constructor(rules: IntegrationRules, stored: StreamSchema | undefined) {
    this.rules = rules;
    this.events = rules.events && new Set(rules.events);
    this.shape = stored
      ? StreamShape.restore(savedOf(stored), rules.schema, rules.keyProperties)
      : StreamShape.begin(rules.schema, rules.keyProperties);
    this.#version = stored?.version ?? 0;
  }

  /** Of the schema that holds the rows written now. */
  get version(): number {
    return this.#version;
  }

  /** The rules may say something else than what is stored. */
  putIfNew(store: Store): void {
    const stored = store.newestSchema(this.rules.stream);
    if (!stored || textOf(stored) !== textOf(this.#schema())) this.putNext(store);
  }

  /** The shape as it is now becomes the stream's next version. */
  putNext(store: Store): void {
    this.#version += 1;
    store.putSchema(this.#schema());
  }

  putCounts(store: Store): void {
    const { stored, duplicate, filtered, quarantined } = this.counts;
    if (stored + duplicate + filtered + quarantined > 0) store.addCounts(this.rules.stream, this.counts);
    this.counts = noCounts();
  }

  #schema(): StreamSchema {
    const { stream, keyProperties, latestBy } = this.rules;
    const { schema, splits } = this.shape.save();
    return { stream, version: this.#version, schema, keyProperties, ...(latestBy && { latestBy }), splits };
  }
}

export function noCounts(): Counts {
  return { stored: 0, duplicate: 0, filtered: 0, quarantined: 0 };
}

function savedOf({ schema, splits }: StreamSchema): SavedShape {
  return { schema, splits: { ...splits } };
}

function textOf({ schema, keyProperties, latestBy, splits }: StreamSchema): string {
  return JSON.stringify([schema, keyProperties, latestBy ?? null, splits]);
}
