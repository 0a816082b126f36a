import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Delivery, IntegrationRules, Outcome } from '../inbox.js';
import type { Database } from './database.js';

/** Part of the disk that one integration may fill, unless its rules say otherwise. */
const PART_OF_DISK = 1 / 2;
/** Part of the limit from which on confirmed events are deleted before their time. */
const NEARLY = 3 / 4;

interface Held {
  readonly kept_bytes: number;
  readonly quarantined_bytes: number;
}

/** Keeps one integration from using up the room of all: how much each may hold. */
export class Quotas {
  readonly #held: ReturnType<Database['prepare']>;
  readonly #defaultBytes: number;
  #rules: ReadonlyMap<string, IntegrationRules> = new Map();

  /** @param path of the database's file. */
  constructor(database: Database, path: string) {
    this.#held = database.prepare('SELECT kept_bytes, quarantined_bytes FROM streams WHERE name = ?');
    const { blocks, bsize } = statfsSync(dirname(path));
    this.#defaultBytes = blocks * bsize * PART_OF_DISK;
  }

  setRules(rules: readonly IntegrationRules[]): void {
    this.#rules = new Map(rules.map((one) => [one.name, one]));
  }

  /** Returns the deliveries that may be recorded, and per index the outcome of each that may not. */
  admit(deliveries: readonly Delivery[]): {
    admitted: readonly Delivery[];
    refused: ReadonlyMap<number, Outcome>;
  } {
    const reasons = new Map<string, string | undefined>();
    for (const { integration } of deliveries)
      if (!reasons.has(integration)) reasons.set(integration, this.#reasonAgainst(integration));
    const refused = new Map<number, Outcome>();
    const admitted = deliveries.filter(({ integration }, index) => {
      const reason = reasons.get(integration);
      if (reason !== undefined) refused.set(index, { kind: 'refused', reason });
      return reason === undefined;
    });
    return { admitted, refused };
  }

  /** Returns the streams that nearly hold as much as they may. */
  nearlyFull(): string[] {
    return [...this.#rules.values()]
      .filter((rules) => this.#of(rules).kept_bytes >= NEARLY * this.#waitingLimit(rules))
      .map(({ stream }) => stream);
  }

  #reasonAgainst(integration: string): string | undefined {
    const rules = this.#rules.get(integration);
    if (!rules) return undefined;
    const { kept_bytes: kept, quarantined_bytes: quarantined } = this.#of(rules);
    if (kept >= this.#waitingLimit(rules)) return 'this integration has reached its max_waiting_bytes';
    if (quarantined >= (rules.maxQuarantineBytes ?? Number.POSITIVE_INFINITY))
      return 'this integration has reached its max_quarantine_bytes';
    return undefined;
  }

  #of({ stream }: IntegrationRules): Held {
    return (this.#held.get(stream) as Held | undefined) ?? { kept_bytes: 0, quarantined_bytes: 0 };
  }

  #waitingLimit({ maxWaitingBytes = this.#defaultBytes }: IntegrationRules): number {
    return maxWaitingBytes;
  }
}

/** Returns one outcome per delivery, in their order. @param recorded those of the admitted ones. */
export function allOutcomes(
  recorded: readonly Outcome[],
  refused: ReadonlyMap<number, Outcome>,
): readonly Outcome[] {
  if (refused.size === 0) return recorded;
  const rest = recorded.values();
  return Array.from({ length: recorded.length + refused.size }, (_, index) => {
    return refused.get(index) ?? (rest.next().value as Outcome);
  });
}
