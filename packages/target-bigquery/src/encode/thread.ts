import { serveThread, Transfer } from '@tap-webhooks/singer/serve-thread';
import { type PlanInput, planTable, type TablePlan } from '../columns/plan.js';
import type { RowEncoder } from '../rows/row-encoder.js';
import { rowWriter } from '../rows/row-writer.js';
import { type CutRows, cutRows, type RowFormat, rowFormat } from './cut-rows.js';
import { type RowLines, textsOf } from './lines.js';
import { type SpoolResult, writeSpool } from './spool.js';

/** Rows of a table, on their way to the thread. */
export interface Work {
  /** Name of the table. */
  readonly table: string;
  /** The input of the table's plan; undefined: the same as with the table's work before. */
  readonly plan: PlanInput | undefined;
  readonly lines: RowLines;
}

interface KnownTable {
  readonly plan: TablePlan;
  readonly encode: RowEncoder;
  format?: RowFormat;
}

/** What the thread that encodes rows serves. */
export class EncoderThread {
  readonly #tables = new Map<string, KnownTable>();

  spool(work: Work, path: string): Promise<SpoolResult> {
    return writeSpool(work.lines, this.#table(work).encode, path);
  }

  /** @param maxRequestBytes the same for all work of a table. */
  cut(work: Work, maxRequestBytes: number): Transfer<CutRows> {
    const table = this.#table(work);
    table.format ??= rowFormat(table.plan, table.encode, maxRequestBytes);
    const cut = cutRows(textsOf(work.lines), table.format);
    return new Transfer(cut, memoryOf(cut));
  }

  #table({ table, plan: input }: Work): KnownTable {
    if (input !== undefined) {
      const plan = planTable(input);
      this.#tables.set(table, { plan, encode: rowWriter(plan) });
    }
    return this.#tables.get(table) as KnownTable;
  }
}

/** What is handed over instead of being copied. */
function memoryOf({ parts }: CutRows): ArrayBuffer[] {
  return parts.flatMap((part) => (typeof part === 'number' ? [] : [part.bytes.buffer as ArrayBuffer]));
}

serveThread(() => new EncoderThread());
