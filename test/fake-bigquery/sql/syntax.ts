export interface TableName {
  readonly project: string | undefined;
  readonly dataset: string;
  readonly table: string;
}

export type Operand =
  | { readonly kind: 'parameter'; readonly name: string }
  | {
      readonly kind: 'literal';
      readonly type: 'INT64' | 'STRING' | 'BOOL' | 'FLOAT64';
      readonly text: string;
    };

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Condition =
  | {
      readonly kind: 'compare';
      readonly column: string;
      readonly operator: Operator;
      readonly operand: Operand;
    }
  | { readonly kind: 'in'; readonly column: string; readonly operands: readonly Operand[] }
  | { readonly kind: 'null'; readonly column: string; readonly isNull: boolean };

/** `(a OR b)`, where each side is one or more conditions. */
export interface Either {
  readonly kind: 'either';
  readonly sides: ReadonlyArray<readonly Condition[]>;
}

export interface Selected {
  readonly kind: 'all' | 'column' | 'count' | 'max' | 'min';
  /** Column; absent for `*` and `COUNT(*)`. */
  readonly column?: string;
  readonly alias?: string;
}

/** `GROUP BY c HAVING COUNTIF(…) = 0`: the groups in which no row passes. */
export interface Groups {
  readonly by: string;
  readonly without: Condition;
}

/** `WHERE FALSE` is a select without rows. */
export interface Select {
  readonly kind: 'select';
  readonly isNothing: boolean;
  readonly selected: readonly Selected[];
  readonly from: TableName;
  readonly where: ReadonlyArray<Condition | Either>;
  readonly groups: Groups | undefined;
  readonly orderBy: ReadonlyArray<{ readonly column: string; readonly descending: boolean }>;
  readonly limit: number | undefined;
}

export interface AlterType {
  readonly kind: 'alter';
  readonly table: TableName;
  readonly column: string;
  readonly type: string;
}

/** `INSERT INTO t (…) SELECT … WHERE FALSE`, which only checks the permission. */
export interface InsertNothing {
  readonly kind: 'insert';
  readonly into: TableName;
  readonly columns: readonly string[];
  readonly select: Select;
}

/** `SELECT 1`. */
export interface Constant {
  readonly kind: 'constant';
  readonly value: string;
}

export type Statement = Select | AlterType | InsertNothing | Constant;
