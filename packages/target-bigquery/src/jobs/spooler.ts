import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type PlanInput, planTable } from '../columns/plan.js';
import { rowWriter } from '../rows/row-writer.js';
import { type SpoolResult, type SpoolRows, writeSpool } from './spool.js';

/** Of the thread: rows are short-lived, so little room is enough for them. */
const YOUNG_MIB = 8;
/** Fewer bytes are written on the spot: they take less time than to hand them over. */
const FEW_BYTES = 512 * 1024;

/** What goes to the thread. */
export interface SpoolRequest {
  readonly rows: SpoolRows;
  /** What the encoder is made from. */
  readonly plan: PlanInput;
}

/** What comes back. */
export type SpoolAnswer =
  | { readonly result: SpoolResult }
  | { readonly failure: { readonly code?: string; readonly message: string } };

/** Writes rows for load jobs, in a thread of its own, so that the input is read meanwhile. */
export class Spooler {
  #thread: Worker | undefined;
  #busy: Promise<unknown> = Promise.resolve();
  /** Memory that both threads see, used for one request after the other. */
  #memory = new SharedArrayBuffer(0);

  /**
   * Writes one after the other. The lines are only read.
   * @throws what the file system says.
   */
  spool(rows: SpoolRows, plan: PlanInput): Promise<SpoolResult> {
    if (rows.lines.byteLength <= FEW_BYTES) return writeSpool(rows, rowWriter(planTable(plan)));
    const result = this.#busy.then(() => this.#ask(rows, plan));
    this.#busy = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #shared(lines: Uint8Array): Uint8Array {
    if (this.#memory.byteLength < lines.length) this.#memory = new SharedArrayBuffer(lines.length);
    const shared = new Uint8Array(this.#memory, 0, lines.length);
    shared.set(lines);
    return shared;
  }

  async #ask(rows: SpoolRows, plan: PlanInput): Promise<SpoolResult> {
    this.#thread ??= new Worker(new URL('./spool-thread.js', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    const thread = this.#thread;
    const request: SpoolRequest = { rows: { ...rows, lines: this.#shared(rows.lines) }, plan };
    thread.postMessage(request);
    try {
      const [answer] = (await once(thread, 'message')) as [SpoolAnswer];
      if ('failure' in answer) throw Object.assign(new Error(answer.failure.message), answer.failure);
      return answer.result;
    } catch (cause) {
      this.#thread = undefined; // a thread that died is replaced
      void thread.terminate();
      throw cause;
    }
  }
}
