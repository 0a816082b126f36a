import { ThreadClient, threadUrl } from '@tap-webhooks/singer/worker';
import {
  type Delivery,
  type FittedBody,
  InboxUnavailable,
  type IntegrationRules,
  type Outcome,
  type StreamSchema,
} from './inbox.js';
import type { LargeBodyFitter } from './large-body-thread.js';

/** Limit of the thread's objects, in MiB. One event of a million values needs some 400 at most, its text and row included. */
const HEAP_MIB = 1024;

/** Decodes and fits large bodies in a thread of their own, one after the other. The thread is started by the first one. */
export class LargeBodies {
  readonly #schemas: () => Promise<readonly StreamSchema[]>;
  readonly #thread = ThreadClient.onDemand<LargeBodyFitter>({
    url: threadUrl('./large-body-thread.js', import.meta.url),
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    ended: () => new InboxUnavailable('the thread for large bodies has ended'),
  });
  #rules: ReadonlyMap<string, IntegrationRules> = new Map();

  /** @param schemas returns the newest schema of every stream. */
  constructor(schemas: () => Promise<readonly StreamSchema[]>) {
    this.#schemas = schemas;
  }

  setRules(rules: readonly IntegrationRules[]): void {
    this.#rules = new Map(rules.map((one) => [one.name, one]));
  }

  /** @returns what `fitBody` returns; undefined without rules: the writer has the answer then. */
  async fit(delivery: Delivery): Promise<FittedBody | Outcome | undefined> {
    const rules = this.#rules.get(delivery.integration);
    if (!rules) return undefined;
    const stored = (await this.#schemas()).find(({ stream }) => stream === rules.stream);
    return this.#thread.call('fit', [delivery, rules, stored]);
  }

  /** Ends the thread at once, with what it is fitting. */
  close(): Promise<void> {
    return this.#thread.terminate();
  }
}
