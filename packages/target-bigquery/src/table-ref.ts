/** A table of the configured project. */
export interface TableRef {
  readonly dataset: string;
  readonly table: string;
}

/** A table as people write it in a query: `dataset.table`. */
export function nameOf({ dataset, table }: TableRef): string {
  return `${dataset}.${table}`;
}
