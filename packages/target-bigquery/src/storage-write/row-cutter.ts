import { Worker } from 'node:worker_threads';
import type { PlanInput } from '../columns/plan.js';
import type { CutRows } from './cut-rows.js';

/** MiB: what it makes lives shortly, so little room does, and memory is not filled before it is given back. */
const THREAD = { maxYoungGenerationSizeMb: 8 };

/** Bytes: slices differ little in size, so that most fit into the memory of another one. */
const MEMORY_STEP = 256 * 1024;

/** Rows of a table, to be cut into requests. */
export interface RowsToCut {
  /** Texts of rows in UTF-8, each with a line feed. Copied at once. */
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

interface Waiting {
  /** Where its lines are. */
  readonly memory: SharedArrayBuffer;
  resolve(rows: CutRows): void;
  reject(cause: unknown): void;
}

/** Writes rows in the wire format in a thread of its own, so that the input is read meanwhile. Shared by all tables. */
export class RowCutter {
  #thread: Worker | undefined;
  /** In the order in which the thread was asked, which is that of its answers. */
  #waiting: Waiting[] = [];
  /** Memory that both threads see and nobody needs now: used again and again, so that none is left to be collected. */
  readonly #spare: SharedArrayBuffer[] = [];
  /** That the thread has, by table. */
  #plans = new Map<string, PlanInput>();

  /** Hands rows over at once: the thread goes from one to the next by itself. */
  cut({ plan, ...rows }: RowsToCut): Promise<CutRows> {
    this.#thread ??= this.#start();
    const isKnown = this.#plans.get(rows.table) === plan;
    this.#plans.set(rows.table, plan);
    const size = rows.lines.length;
    const memory = this.#memory(size);
    const lines = new Uint8Array(memory, 0, size);
    lines.set(rows.lines);
    const message: CutMessage = { ...rows, lines, plan: isKnown ? undefined : plan };
    this.#thread.postMessage(message);
    return new Promise((resolve, reject) => this.#waiting.push({ memory, resolve, reject }));
  }

  #memory(size: number): SharedArrayBuffer {
    const spare = this.#spare.pop();
    if (spare !== undefined && spare.byteLength >= size) return spare;
    return new SharedArrayBuffer(Math.ceil(size / MEMORY_STEP) * MEMORY_STEP);
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #start(): Worker {
    const url = new URL('./cut-thread.js', import.meta.url);
    const thread = new Worker(url, { resourceLimits: THREAD });
    const waiting: Waiting[] = [];
    this.#waiting = waiting;
    this.#plans = new Map();
    thread.on('message', (answer: CutAnswer) => {
      const next = waiting.shift();
      if (next) this.#spare.push(next.memory);
      if ('result' in answer) next?.resolve(answer.result);
      else {
        this.#plans.clear(); // it may have failed on the plan
        next?.reject(answer.failure);
      }
    });
    const died = (cause: unknown) => {
      if (this.#thread === thread) this.#thread = undefined; // it is replaced
      for (const { reject } of waiting.splice(0)) reject(cause);
    };
    thread.on('error', died);
    thread.on('exit', () => died(new Error('the thread that writes rows has ended')));
    return thread;
  }
}
