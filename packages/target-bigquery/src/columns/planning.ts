import type { Field } from './types.js';

/** Columns that a table may have, fields of RECORDs included ("Quotas and limits", tables). */
export const MAX_COLUMNS = 10_000;

/** How the values of a row reach its columns. */
export interface RowPlan {
  readonly fields: readonly FieldPlan[];
  /** The JSON column for values that no other column holds; undefined when the table has none. */
  readonly extra:
    | {
        readonly column: string;
        /** It holds the whole payload (`raw`). */
        readonly isPayload: boolean;
      }
    | undefined;
  /** Fields of the row that are not simply written to their columns. */
  readonly roles: ReadonlyMap<string, FieldRole>;
}

/**
 * What is special about a field. `extra`: the row's own `_sdc_extra`, merged with what no column holds; `copied`: it is in
 * the payload too; `sequence`: it is loaded in Stitch's finer unit; `deleted`: it says that the row was deleted, so it is not NULL
 * even if it is no time.
 */
export type FieldRole = 'extra' | 'copied' | 'sequence' | 'deleted';

/** The columns that the values of one field may go to. */
export interface FieldPlan {
  /** Name of the field as the tap writes it. */
  readonly name: string;
  /** The schema names it. Any other field has a column because the table has one. */
  readonly isDeclared: boolean;
  /** It decides which rows are versions of one thing: its values must differ where those that were sent do. */
  readonly isKey: boolean;
  /** A value goes to the first that holds it, else to `_sdc_extra`. */
  readonly columns: readonly ColumnPlan[];
}

/** One of the columns of a field. */
export interface ColumnPlan {
  readonly column: Field;
  /** Of a RECORD: the fields of its objects. */
  readonly fields?: readonly FieldPlan[];
  /** Of an array whose items become `{"value": item}`: the columns of `value`. */
  readonly wrapped?: FieldPlan;
}

/** Counts down the columns that a table may still get. */
export class ColumnBudget {
  #left: number;

  constructor(left: number) {
    this.#left = left;
  }

  /** Takes one. @returns false when there is no room for it. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }

  giveBack(): void {
    this.#left += 1;
  }
}

/** The settings that planning follows, and what it collects over all levels. */
export interface Planning {
  /** Items of arrays are wrapped in a RECORD, as Stitch does. */
  readonly wrapping: boolean;
  readonly budget: ColumnBudget;
  /** No new column of the row's own level may have this name. */
  readonly tableName: string;
  /** Fields of the row's own level that must get a column. Their columns are not taken from the budget. */
  readonly reserved: ReadonlySet<string>;
  /** Dotted paths of fields that decide which rows are versions of one thing: none of their values may go to `_sdc_extra`. */
  readonly keys: ReadonlySet<string>;
  /** New columns. */
  readonly added: string[];
  /** Existing columns that get the name of their field into the description. */
  readonly described: string[];
  readonly widened: Array<{ readonly column: string; readonly to: 'BIGNUMERIC' }>;
  readonly problems: string[];
  /** Dotted path of each column, with the dotted path of its field. */
  readonly sources: Map<string, string>;
}

/** Where fields are: in the row itself, or in a RECORD. */
export interface Level {
  /** Number of RECORDs around it. */
  readonly depth: number;
  /** Dotted path of the RECORD, with a dot at its end; empty for the row itself. */
  readonly columns: string;
  /** The same of the field that the RECORD is for. */
  readonly sources: string;
  /** The RECORD, or one around it, is a new column. */
  readonly isNew: boolean;
}

export const ROW_LEVEL: Level = { depth: 0, columns: '', sources: '', isNew: false };

/** The level inside a RECORD. */
export function levelWithin(level: Level, column: string, source: string, isNew: boolean): Level {
  return {
    depth: level.depth + 1,
    columns: `${level.columns}${column}.`,
    sources: `${level.sources}${source}.`,
    isNew: level.isNew || isNew,
  };
}

/** The name that no new column may have at this level. */
export function tableNameAt({ depth }: Level, { tableName }: Planning): string | undefined {
  return depth === 0 ? tableName : undefined;
}
