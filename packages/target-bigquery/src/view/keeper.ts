import type { Logger } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { BigQueryService, Labels, TableInfo } from '../api/service.js';
import { isKind } from '../api/service-error.js';
import { quotedTable } from '../api/sql.js';
import type { Field } from '../columns/types.js';
import { saidBy } from '../errors.js';
import { nameOf, type TableRef } from '../table-ref.js';
import { latestView, type ViewText } from './latest-view.js';

export interface ViewContext {
  readonly service: BigQueryService;
  /** Of the Singer stream. */
  readonly log: Logger;
  /** Labels of the table. */
  readonly labels: Labels;
}

/** A table as it is now. */
interface KeptTable {
  readonly definition: TableDefinition;
  readonly fields: readonly Field[];
  readonly plan: { readonly sources: ReadonlyMap<string, string> };
}

/** Longest name of a view ("Table naming"). */
const LONGEST_NAME = 1024;
/** Label of the views that this target creates, beside `target`. */
const LABEL = { view: 'latest' } as const;
const DESCRIPTION = 'Kept by target-bigquery';
/** How often to try to write a view that somebody else changes at the same time. */
const MOST_ATTEMPTS = 3;

/** Keeps the view `<table>_latest` of one table up to date. A failure is logged as a warning and never fails a load. */
export class LatestView {
  readonly #context: ViewContext;
  readonly #table: TableRef;
  readonly #ref: TableRef;
  /** The last query that was written, or whose writing failed. */
  #query: string | undefined;

  constructor(context: ViewContext, table: TableRef) {
    this.#context = context;
    this.#table = table;
    this.#ref = viewOf(table);
  }

  /** Writes the view, unless neither columns nor key have changed since the last call. */
  async keep({ definition, fields, plan: { sources } }: KeptTable): Promise<void> {
    const { service, log } = this.#context;
    try {
      const view = latestView({ project: service.project, ref: this.#table, fields, sources }, definition);
      if (view === undefined || view.query === this.#query || this.#ref.table.length > LONGEST_NAME) return;
      this.#query = view.query;
      const done = await this.#write(view);
      if (done) log.info(`view ${nameOf(this.#ref)} ${done}`);
    } catch (cause) {
      log.warn(
        `view ${nameOf(this.#ref)} could not be created; rows are loaded all the same: ${saidBy(cause)}`,
      );
    }
  }

  async #write(view: ViewText): Promise<'created' | 'changed' | undefined> {
    const { service } = this.#context;
    for (let attempt = 1; ; attempt += 1) {
      const existing = (await service.getTable(this.#ref)) ?? (await this.#create(view));
      if (existing === 'created') return 'created';
      if (!isOwnView(existing)) {
        this.#context.log.info(`${nameOf(this.#ref)} is not a view of this target, so it stays as it is`);
        return undefined;
      }
      try {
        return await this.#update(existing, view);
      } catch (error) {
        if (!isKind(error, 'precondition') || attempt >= MOST_ATTEMPTS) throw error;
      }
    }
  }

  /** @returns the existing table or view, if somebody else has created it in the meantime. */
  async #create({ query, descriptions }: ViewText): Promise<'created' | TableInfo> {
    const { service, labels } = this.#context;
    const { table, created } = await service.createTable(this.#ref, {
      viewQuery: query,
      labels: { ...labels, ...LABEL },
      description: `Latest versions of the rows of ${nameOf(this.#table)}. ${DESCRIPTION}, which overwrites changes.`,
    });
    if (!created) return table;
    await this.#describe(table, descriptions);
    return 'created';
  }

  async #update(existing: TableInfo, { query, descriptions }: ViewText): Promise<'changed' | undefined> {
    if (existing.viewQuery?.trim() === query) return undefined;
    const table = await this.#context.service.patchTable(this.#ref, { viewQuery: query }, existing.etag);
    await this.#describe(table, descriptions);
    return 'changed';
  }

  /** Writes the descriptions of the columns, since a view does not take them from its query. */
  async #describe({ fields, etag }: TableInfo, descriptions: ReadonlyMap<string, string>): Promise<void> {
    const described = fields.map((field) => {
      const description = descriptions.get(field.name);
      return description === undefined ? field : { ...field, description };
    });
    if (described.every(({ description }, index) => description === fields[index]?.description)) return;
    await this.#context.service.patchTable(this.#ref, { fields: described }, etag);
  }
}

export function viewOf({ dataset, table }: TableRef): TableRef {
  return { dataset, table: `${table}_latest` };
}

/** Returns true for a view that this target created. All other views stay as they are. */
export function isOwnView({ type, labels, description }: TableInfo): boolean {
  const isLabelled = labels.target === 'target-bigquery' && labels.view === LABEL.view;
  return type === 'VIEW' && (isLabelled || (description?.includes(DESCRIPTION) ?? false));
}

/**
 * Drops our view when a stream's table needs its name: a stream can be called `orders_latest` beside `orders`, and the table
 * has precedence over the view. No data is lost, and `DROP VIEW` drops no table.
 * @returns true when there was one.
 */
export async function dropViewNamed(
  { service, log, labels }: ViewContext,
  ref: TableRef,
  location: string,
): Promise<boolean> {
  if (!ref.table.endsWith('_latest')) return false;
  const existing = await service.getTable(ref);
  if (existing === undefined || !isOwnView(existing)) return false;
  await service.query(`DROP VIEW IF EXISTS ${quotedTable(service.project, ref)}`, {}, { location, labels });
  log.info(`view ${nameOf(ref)} dropped, because a table needs its name`);
  return true;
}
