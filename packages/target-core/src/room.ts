import { type Logger, pause, systemCode } from '@tap-webhooks/singer';

/** The disk, or what this user may have of it, is full: that passes. A file that has reached its size limit (EFBIG) stays so. */
const NO_ROOM = ['ENOSPC', 'EDQUOT'];
/** How long a full disk is waited for, as long as for a service that does not answer. */
const MOST_MS = 300_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
/** Time between the first two lines of the log; each later one waits twice as long. */
const FIRST_NOTICE_MS = 10_000;

export interface RoomOptions {
  readonly log: Logger;
  /** The run is to end: nothing is waited for any more. */
  readonly stop?: AbortSignal | undefined;
  readonly mostMs?: number;
}

/** Returns whether a system call failed because the disk or a quota is full. */
export function isNoRoom(cause: unknown): boolean {
  return NO_ROOM.includes(systemCode(cause));
}

/** Waits for room on the disk that a destination writes to. All tables of a run share it, since all are on that disk. */
export class Room {
  readonly #options: RoomOptions;
  #isOver = false;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** True once a table waited in vain for the whole time: nothing is waited for any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Repeats work that fails because the disk is full, for five minutes. After a stop it is tried once more.
   * @param stream for the log.
   * @throws what the work threw last.
   */
  async whenThere<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const { log, stop, mostMs = MOST_MS } = this.#options;
    const since = performance.now(); // unlike the clock, it never jumps
    let notice = FIRST_NOTICE_MS;
    let said = Number.NEGATIVE_INFINITY;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        return await work();
      } catch (cause) {
        const now = performance.now();
        if (isNoRoom(cause) && now - since >= mostMs) this.#isOver = true;
        if (!isNoRoom(cause) || this.#isOver || stop?.aborted) throw cause;
        if (now >= said + notice) {
          log.warn({ stream, reason: systemCode(cause) }, waitsUntil(Date.now() + since + mostMs - now));
          if (said > 0) notice *= 2;
          said = now;
        }
        await pause(wait, stop);
      }
    }
  }
}

function waitsUntil(time: number): string {
  return `there is no room on the disk: the rows wait, and are written when there is room again, until ${new Date(time).toISOString()}`;
}
