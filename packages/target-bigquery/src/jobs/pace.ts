import { type Logger, pause } from '@tap-webhooks/singer';
import type { BigQueryService } from '../api/service.js';
import { ServiceError } from '../api/service-error.js';
import type { TableRef } from '../table-ref.js';

const DAY_MS = 86_400_000;
/** Share of the daily quota that is used before any load waits. */
const FREE_SHARE = 0.5;

export interface PaceOptions {
  /** Load jobs that a table may have within 24 hours, failed ones too ("Quotas and limits", load jobs). */
  readonly limit: number;
  /** Of the Singer stream. */
  readonly log: Logger;
  /** The run is to end: nobody waits any more, unless the quota is used up. */
  readonly stop: AbortSignal;
}

/**
 * Keeps the loads of one table within its daily quota. While half of it is left, no load waits. After that loads are spread,
 * so that no more are made than the quota gives back: rows collect meanwhile, and each load takes more of them. What was used
 * before, by any machine, is read from the service's own list of jobs.
 */
export class LoadPace {
  readonly #options: PaceOptions;
  /** Epoch ms of each load within the last 24 hours, the oldest first. */
  readonly #loads: number[];
  #isSpread = false;

  constructor(loads: readonly number[], options: PaceOptions) {
    this.#loads = [...loads].sort((a, b) => a - b);
    this.#options = options;
  }

  static async open(service: BigQueryService, ref: TableRef, options: PaceOptions): Promise<LoadPace> {
    try {
      const jobs = await service.listLoadJobs(ref, Date.now() - DAY_MS);
      return new LoadPace(
        jobs.map(({ createdAt }) => createdAt),
        options,
      );
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      options.log.warn(
        'the load jobs of the last 24 hours cannot be listed: the daily quota counts as unused',
      );
      return new LoadPace([], options);
    }
  }

  /** Loads within the last 24 hours. */
  get used(): number {
    const since = Date.now() - DAY_MS;
    while (this.#loads[0] !== undefined && this.#loads[0] < since) this.#loads.shift();
    return this.#loads.length;
  }

  /** Milliseconds until the next load may be made; 0: at once. */
  waitMs(now = Date.now()): number {
    const { limit } = this.#options;
    const used = this.used;
    if (used < limit * FREE_SHARE) return 0;
    if (used >= limit) return (this.#loads[used - limit] as number) + DAY_MS - now;
    return Math.max(0, (this.#loads.at(-1) as number) + DAY_MS / limit - now);
  }

  /**
   * Waits for the turn of the next load, and counts it.
   * @throws ServiceError `quota` when the run is to stop and no load can be made.
   */
  async turn(): Promise<void> {
    const { limit, stop } = this.#options;
    const wait = this.waitMs();
    this.#say(wait);
    const isUsedUp = this.used >= limit;
    if (wait > 0) await pause(wait, stop); // once stopped, the rest is loaded now
    if (isUsedUp && stop.aborted) throw new ServiceError('quota', 0, 'quotaExceeded', quotaUsedUp(limit));
    this.#loads.push(Date.now());
  }

  #say(wait: number): void {
    const { log, limit } = this.#options;
    const isSpread = wait > 0;
    if (isSpread === this.#isSpread) return;
    this.#isSpread = isSpread;
    const fields = { loads_in_24_hours: this.used, limit };
    if (!isSpread) log.info(fields, 'the table is loaded without waiting again');
    else {
      const every = Math.ceil(Math.max(DAY_MS / limit, wait) / 1000);
      log.warn(
        fields,
        `few load jobs of the daily quota of the table are left: it is loaded every ${every} seconds, so rows arrive later`,
      );
    }
  }
}

function quotaUsedUp(limit: number): string {
  return `the table had all of its ${limit} load jobs within 24 hours`;
}
