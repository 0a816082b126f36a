import type { TargetTable } from '../load/target-table.js';
import type { PlanInput, TablePlan } from '../schema/plan.js';
import { REQUEST_BYTES, type RowFormat, rowFormat } from './row-format.js';

/** The format of a table's rows, and what a thread makes the same one from. */
export interface TableFormat extends RowFormat {
  readonly input: PlanInput;
  readonly maxRequestBytes: number;
}

/** The format of rows, made anew when the plan of the table changes. */
export class TableFormats {
  readonly #maxRequestBytes: number;
  #last: { readonly plan: TablePlan; readonly format: TableFormat } | undefined;

  /** @param maxRequestBytes limit of a request. */
  constructor(maxRequestBytes = REQUEST_BYTES) {
    this.#maxRequestBytes = maxRequestBytes;
  }

  of({ plan, planInput }: TargetTable): TableFormat {
    if (this.#last?.plan !== plan) {
      const maxRequestBytes = this.#maxRequestBytes;
      const format = { ...rowFormat(plan, maxRequestBytes), input: planInput, maxRequestBytes };
      this.#last = { plan, format };
    }
    return this.#last.format;
  }
}
