import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type PlanInput, planTable } from '../schema/plan.js';
import { type SpoolResult, type SpoolRows, writeSpool } from './spool.js';

/** Fewer bytes are written on the spot: they take less time than to hand them over. */
const FEW_BYTES = 512 * 1024;

/** What goes to the thread. */
export interface SpoolRequest {
  readonly rows: SpoolRows;
  /** What the encoder is made from. */
  readonly plan: PlanInput;
}

/** What comes back. */
export type SpoolAnswer = { readonly result: SpoolResult } | { readonly failure: unknown };

/** Writes rows for load jobs, in a thread of its own, so that the input is read meanwhile. */
export class Spooler {
  #thread: Worker | undefined;
  #busy: Promise<unknown> = Promise.resolve();

  /**
   * Writes one after the other. The lines are only read.
   * @throws what the file system says.
   */
  spool(rows: SpoolRows, plan: PlanInput): Promise<SpoolResult> {
    if (rows.lines.byteLength <= FEW_BYTES) return writeSpool(rows, planTable(plan).encode);
    const result = this.#busy.then(() => this.#ask(rows, plan));
    this.#busy = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  async #ask(rows: SpoolRows, plan: PlanInput): Promise<SpoolResult> {
    this.#thread ??= new Worker(new URL('./spool-thread.js', import.meta.url));
    const thread = this.#thread;
    const lines = new Uint8Array(rows.lines); // a copy to be given away: the batch is still needed
    const request: SpoolRequest = { rows: { ...rows, lines }, plan };
    thread.postMessage(request, [lines.buffer]);
    try {
      const [answer] = (await once(thread, 'message')) as [SpoolAnswer];
      if ('failure' in answer) throw answer.failure;
      return answer.result;
    } catch (cause) {
      this.#thread = undefined; // a thread that died is replaced
      void thread.terminate();
      throw cause;
    }
  }
}
