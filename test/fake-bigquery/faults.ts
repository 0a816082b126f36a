import type { RequestKind } from './requests.js';

/** A step at which the server waits until the test releases it. */
export interface Hold {
  /** Resolves when a request has reached the step. */
  readonly reached: Promise<void>;
  release(): void;
}

/** A load whose content has arrived without the client knowing: the connection was cut, and `jobs.get` says 404. */
export interface LateLoad {
  /** Resolves when all of the content has arrived. */
  readonly arrived: Promise<void>;
  /**
   * Creates the job now, unless its id was taken meanwhile.
   * @returns whether it was created; the job runs to its end before this resolves.
   */
  release(): Promise<boolean>;
}

export type FaultAction =
  /** The request is refused before any work. */
  | { readonly do: 'answer'; readonly status: number; readonly reason: string }
  /** The connection is reset after so many bytes of the request's body. */
  | { readonly do: 'cut'; readonly afterBytes: number }
  /** The work is done, but the answer never comes. */
  | { readonly do: 'lose' }
  | { readonly do: 'hold'; readonly when: 'before' | 'after'; readonly gate: Gate }
  | { readonly do: 'late'; readonly late: LateGate };

interface Fault {
  readonly on: readonly RequestKind[];
  readonly action: FaultAction;
}

/** A queue of faults. Each is used once, by the first request of its kind. */
export class Faults {
  readonly #queue: Fault[] = [];
  readonly #jobFailures: string[] = [];
  readonly #refused: string[] = [];

  /** Number of faults that no request has met yet. */
  get pending(): number {
    return this.#queue.length + this.#jobFailures.length;
  }

  push(on: RequestKind | readonly RequestKind[], action: FaultAction, times = 1): void {
    for (let count = 0; count < times; count += 1)
      this.#queue.push({ on: [on].flat() as RequestKind[], action });
  }

  take(kind: RequestKind): FaultAction | undefined {
    const index = this.#queue.findIndex(({ on }) => on.includes(kind));
    return index < 0 ? undefined : this.#queue.splice(index, 1)[0]?.action;
  }

  /** Answers with an error: 503 `backendError`, 429 `rateLimitExceeded`, 500 `internalError`, … */
  refuse(on: RequestKind | readonly RequestKind[], status: number, reason: string, times = 1): void {
    this.push(on, { do: 'answer', status, reason }, times);
  }

  /** Makes the server do the work and reset the connection in place of an answer. */
  loseAnswer(on: RequestKind | readonly RequestKind[] = 'upload', times = 1): void {
    this.push(on, { do: 'lose' }, times);
  }

  /** Resets the connection in the middle of a request. */
  cut(on: RequestKind | readonly RequestKind[], afterBytes: number, times = 1): void {
    this.push(on, { do: 'cut', afterBytes }, times);
  }

  /** Stops the server at a step until it is released: time to kill the client. */
  hold(on: RequestKind | readonly RequestKind[], when: 'before' | 'after'): Hold {
    const gate = new Gate();
    this.push(on, { do: 'hold', when, gate });
    return gate;
  }

  /**
   * Cuts the connection of the next load after its content has arrived, and creates the job later.
   * @param delayMs time after which the job is created; without it, only `release` creates it.
   */
  late(delayMs?: number): LateLoad {
    const late = new LateGate(delayMs);
    this.push('upload', { do: 'late', late });
    return late;
  }

  /** Makes the next load jobs fail at their end, with nothing loaded. */
  failJob(reason = 'backendError', times = 1): void {
    for (let count = 0; count < times; count += 1) this.#jobFailures.push(reason);
  }

  /** Makes load jobs refuse rows that hold one of these texts from now on, for a reason that only the service knows. */
  refuseRowsWith(...texts: readonly string[]): void {
    this.#refused.push(...texts);
  }

  refusesRow(row: Buffer): boolean {
    return this.#refused.some((text) => row.includes(text));
  }

  takeJobFailure(): string | undefined {
    return this.#jobFailures.shift();
  }
}

class Gate implements Hold {
  readonly reached: Promise<void>;
  readonly #released: Promise<void>;
  #reach: () => void = () => {};
  #release: () => void = () => {};

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** Called by the server: reports that a request has reached the step, and waits. */
  wait(): Promise<void> {
    this.#reach();
    return this.#released;
  }

  release(): void {
    this.#release();
  }
}

class LateGate implements LateLoad {
  readonly arrived: Promise<void>;
  readonly #delayMs: number | undefined;
  #arrive: () => void = () => {};
  #create: (() => Promise<boolean>) | undefined;

  constructor(delayMs: number | undefined) {
    this.#delayMs = delayMs;
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve;
    });
  }

  /** Called by the server when the content has arrived. @param create creates the job. */
  park(create: () => Promise<boolean>): void {
    this.#create = create;
    this.#arrive();
    if (this.#delayMs !== undefined) setTimeout(() => void this.release(), this.#delayMs).unref();
  }

  async release(): Promise<boolean> {
    await this.arrived;
    const create = this.#create as () => Promise<boolean>;
    this.#create = async () => false;
    return create();
  }
}
