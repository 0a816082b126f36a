import { ThreadClient, threadUrl } from '@tap-webhooks/singer/worker';
import type { PlanInput } from '../columns/plan.js';
import type { RowEncoder } from '../rows/row-encoder.js';
import type { TableRef } from '../table-ref.js';
import { type CutRows, cutRows, type RowFormat } from './cut-rows.js';
import { type RowLines, textsOf } from './lines.js';
import { type SpoolResult, writeSpool } from './spool.js';
import type { EncoderThread, Work } from './thread.js';

/** A table whose rows are encoded. */
export interface EncodedTable {
  readonly ref: TableRef;
  /** The input of its plan: the same object as long as the plan stays the same. */
  readonly planInput: PlanInput;
  readonly encode: RowEncoder;
}

/** Of the thread, in MiB: rows are short-lived, so little room is enough for them. */
const YOUNG_MIB = 8;
/** Fewer bytes are encoded at once: that takes less time than to hand them to the thread. */
const FEW_SPOOLED = 512 * 1024;
const FEW_CUT = 256 * 1024;
/** Bytes: work differs little in size, so that most fits into the memory of other work. */
const MEMORY_STEP = 256 * 1024;

/** Encodes rows for BigQuery in a thread of its own, so that input is read meanwhile. All tables of a run share it. */
export class Encoder {
  readonly #thread = ThreadClient.onDemand<EncoderThread>({
    url: threadUrl('./thread.js', import.meta.url),
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  /** The plan that the thread has of each table. */
  readonly #known = new Map<string, PlanInput>();
  /** Memory that both threads see and no work needs now: it is reused, so that none is left to be collected. */
  readonly #spare: SharedArrayBuffer[] = [];
  #spooling: Promise<unknown> = Promise.resolve();

  /**
   * Writes rows into a file for a load job, one file after the other. The lines are only read.
   * @throws what the file system says.
   */
  spool(table: EncodedTable, lines: RowLines, path: string): Promise<SpoolResult> {
    if (lines.bytes.length <= FEW_SPOOLED) return writeSpool(lines, table.encode, path);
    const call = (work: Work) => this.#thread.call('spool', [work, path]);
    const result = this.#spooling.then(() => this.#inThread(table, lines, call));
    this.#spooling = result.catch(() => {});
    return result;
  }

  /** Cuts rows into append requests. The lines are copied at once, and the thread goes from one piece of work to the next. */
  async cut(table: EncodedTable, lines: RowLines, format: RowFormat): Promise<CutRows> {
    if (lines.bytes.length <= FEW_CUT) return cutRows(textsOf(lines), format);
    return this.#inThread(table, lines, (work) => this.#thread.call('cut', [work, format.maxRequestBytes]));
  }

  close(): Promise<void> {
    return this.#thread.terminate();
  }

  async #inThread<T>(table: EncodedTable, lines: RowLines, call: (work: Work) => Promise<T>): Promise<T> {
    const { dataset, table: id } = table.ref;
    const name = `${dataset}.${id}`;
    const size = lines.bytes.length;
    const memory = this.#memory(size);
    const bytes = new Uint8Array(memory, 0, size);
    bytes.set(lines.bytes);
    const plan = this.#known.get(name) === table.planInput ? undefined : table.planInput;
    try {
      const answer = call({ table: name, plan, lines: { bytes, starts: lines.starts } });
      this.#known.set(name, table.planInput);
      return await answer;
    } catch (failure) {
      this.#known.delete(name);
      if (plan !== undefined) throw failure;
      return this.#inThread(table, lines, call); // the thread that knew the plan may have ended
    } finally {
      this.#spare.push(memory);
    }
  }

  #memory(size: number): SharedArrayBuffer {
    const spare = this.#spare.pop();
    if (spare !== undefined && spare.byteLength >= size) return spare;
    return new SharedArrayBuffer(Math.ceil(size / MEMORY_STEP) * MEMORY_STEP);
  }
}
