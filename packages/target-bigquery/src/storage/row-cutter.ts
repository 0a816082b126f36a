import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PlanInput } from '../schema/plan.js';
import type { CutRows } from './cut-rows.js';

/** MiB: what it makes lives shortly, so little room does, and memory is not filled before it is given back. */
const THREAD = { maxYoungGenerationSizeMb: 8 };

/** Rows of a table, to be cut into requests. */
export interface RowsToCut {
  /** Texts of rows in UTF-8, each with a line feed. Its memory is given away. */
  readonly lines: Uint8Array;
  /** Lines to cut, from 0, in this order. */
  readonly numbers: Uint32Array;
  /** Name of the table. */
  readonly table: string;
  /** What the encoder is made from; the same object as long as it stays the same. */
  readonly plan: PlanInput;
  /** Limit of a request. */
  readonly requestBytes: number;
}

/** What goes to the thread: the plan only when it is another one than before for the table. */
export interface CutMessage extends Omit<RowsToCut, 'plan'> {
  readonly plan: PlanInput | undefined;
}

/** What comes back. */
export type CutAnswer = { readonly result: CutRows } | { readonly failure: unknown };

/** Writes rows in the wire format in a thread of its own, so that the input is read meanwhile. Shared by all tables. */
export class RowCutter {
  #thread: Worker | undefined;
  #busy: Promise<unknown> = Promise.resolve();
  /** That the thread has, by table. */
  #plans = new Map<string, PlanInput>();

  /** One after the other. */
  cut(rows: RowsToCut): Promise<CutRows> {
    const result = this.#busy.then(() => this.#ask(rows));
    this.#busy = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
    this.#thread = undefined;
  }

  async #ask({ plan, ...rows }: RowsToCut): Promise<CutRows> {
    this.#thread ??= new Worker(new URL('./cut-thread.js', import.meta.url), { resourceLimits: THREAD });
    const thread = this.#thread;
    const isKnown = this.#plans.get(rows.table) === plan;
    this.#plans.set(rows.table, plan);
    const message: CutMessage = { ...rows, plan: isKnown ? undefined : plan };
    thread.postMessage(message, [rows.lines.buffer as ArrayBuffer]);
    try {
      const [answer] = (await once(thread, 'message')) as [CutAnswer];
      if ('failure' in answer) throw answer.failure;
      return answer.result;
    } catch (cause) {
      this.#thread = undefined; // a thread that died is replaced
      this.#plans = new Map();
      void thread.terminate();
      throw cause;
    }
  }
}
