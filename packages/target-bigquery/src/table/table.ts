import { COLUMN, type Logger } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { BigQueryService, Labels, NewTable, TableInfo, TimePartitioning } from '../api/service.js';
import { isKind } from '../api/service-error.js';
import { quotedColumn, quotedTable } from '../api/sql.js';
import { type PlanInput, planTable, type TablePlan } from '../columns/plan.js';
import { type Field, traitsOf } from '../columns/types.js';
import type { Config } from '../config.js';
import { tableFailed, tableUnfit } from '../errors.js';
import type { RowEncoder } from '../rows/row-encoder.js';
import { rowWriter } from '../rows/row-writer.js';
import type { TableRef } from '../table-ref.js';
import type { FencedTable } from './fence.js';
import { isPacked } from './stitch.js';
import { tableDescription } from './stream-table.js';

/** "Clustered tables": columns that a table can be clustered by. */
const MOST_CLUSTERING = 4;

/** What a table that is absent is created with. */
export function newTable(config: Config, definition: TableDefinition, labels: Labels): NewTable {
  const plan = planTable({ definition, existing: undefined, settings: config });
  const { fields } = plan;
  const partitioning = timePartitioning(config, plan);
  return {
    fields,
    labels,
    description: config.table_description ?? tableDescription(definition.stream),
    ...(partitioning && { timePartitioning: partitioning }),
    clustering: config.cluster_on_key_properties ? clustering(definition, plan) : [],
  };
}

function timePartitioning(
  { partition_granularity: granularity, partition_column: column }: Config,
  plan: TablePlan,
): NewTable['timePartitioning'] {
  const field = columnOf(plan, column);
  if (granularity === 'none' || field === undefined || !traitsOf(field.type).uses.includes('partition'))
    return undefined;
  const type = granularity.toUpperCase() as TimePartitioning['type'];
  return { type: field.type === 'DATE' && type === 'HOUR' ? 'DAY' : type, field: field.name };
}

/** By the key, then by version: what the newest version of a key is looked up by. */
function clustering({ keyProperties }: TableDefinition, plan: TablePlan): string[] {
  const columns = [...keyProperties, COLUMN.sequence]
    .map((name) => columnOf(plan, name))
    .filter(
      (field) =>
        field !== undefined && field.mode !== 'REPEATED' && traitsOf(field.type).uses.includes('cluster'),
    );
  return [...new Set(columns.map((field) => (field as Field).name))].slice(0, MOST_CLUSTERING);
}

/** The first column of a field; its name may differ from the field's. Else the column of that name. */
function columnOf({ fields, sources }: TablePlan, name: string): Field | undefined {
  return (
    fields.find((field) => sources.get(field.name) === name) ??
    fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
  );
}

export interface TargetTableContext {
  readonly service: BigQueryService;
  readonly config: Config;
  /** Of the Singer stream. */
  readonly log: Logger;
}

/** What the stream's schema makes of the table, and what that is made of. */
interface Planned {
  readonly input: PlanInput;
  readonly plan: TablePlan;
  /** Made when the first row is written. */
  encode?: RowEncoder;
}

/** Attempts to write descriptions while somebody else changes the table at the same time. */
const MOST_DESCRIPTIONS = 3;

/** One table of BigQuery: what it has, and what the stream's schema makes of it. */
export class TargetTable implements FencedTable {
  readonly service: BigQueryService;
  readonly project: string;
  readonly ref: TableRef;
  readonly location: string;
  readonly labels: Labels;
  /** Of the table as it was opened, or created again since. */
  creationTime: string;
  /** As they were when it was opened. */
  readonly lastModifiedTime: string;
  readonly numRows: string;
  /** This run created it, so it was empty. */
  readonly isNew: boolean;
  readonly #context: TargetTableContext;
  #definition: TableDefinition;
  #fields: readonly Field[];
  /** Undefined after the schema has changed, until the plan is needed: several changes may come between two loads. */
  #plannedNow: Planned | undefined;

  private constructor(
    context: TargetTableContext,
    definition: TableDefinition,
    place: { location: string; labels: Labels; isNew: boolean },
    info: TableInfo,
  ) {
    this.service = context.service;
    this.project = context.service.project;
    this.ref = info.ref;
    this.location = place.location;
    this.labels = place.labels;
    this.creationTime = info.creationTime;
    this.lastModifiedTime = info.lastModifiedTime;
    this.numRows = info.numRows;
    this.isNew = place.isNew;
    this.#context = context;
    this.#definition = definition;
    this.#fields = info.fields;
    this.#plannedNow = this.#planAnew();
  }

  /**
   * Creates the table when it is absent, and checks an existing one before any row is loaded.
   * @param place where its dataset is, and the labels of its jobs.
   * @throws ToolkitError exit 3.
   */
  static async open(
    context: TargetTableContext,
    definition: TableDefinition,
    ref: TableRef,
    place: { location: string; labels: Labels },
  ): Promise<TargetTable> {
    const { service } = context;
    try {
      const existing = await service.getTable(ref);
      if (existing) return TargetTable.#existing(context, definition, place, existing);
      const { table, created } = await service.createTable(
        ref,
        newTable(context.config, definition, place.labels),
      );
      if (!created) return TargetTable.#existing(context, definition, place, table);
      context.log.info({ table: ref.table, dataset: ref.dataset }, 'table created');
      return new TargetTable(context, definition, { ...place, isNew: true }, table);
    } catch (cause) {
      throw tableFailed(ref, 'opened', cause);
    }
  }

  static #existing(
    context: TargetTableContext,
    definition: TableDefinition,
    place: { location: string; labels: Labels },
    info: TableInfo,
  ): TargetTable {
    if (info.type !== 'TABLE') throw tableUnfit(info.ref, [`It is of type ${info.type}.`]);
    const table = new TargetTable(context, definition, { ...place, isNew: false }, info);
    table.#warnOfExpiry(info);
    table.#warnOfPacked(info);
    return table;
  }

  /** Columns that the table has. */
  get fields(): readonly Field[] {
    return this.#fields;
  }

  /** Columns that it has after the next load. */
  get wanted(): readonly Field[] {
    return this.#planned.plan.fields;
  }

  get plan(): TablePlan {
    return this.#planned.plan;
  }

  /** What the plan is made of: the same object as long as the plan stays the same. */
  get planInput(): PlanInput {
    return this.#planned.input;
  }

  /** Writes rows as the plan says. */
  get encode(): RowEncoder {
    const planned = this.#planned;
    planned.encode ??= rowWriter(planned.plan);
    return planned.encode;
  }

  get definition(): TableDefinition {
    return this.#definition;
  }

  /** The stream's schema changed. Nothing is written: new columns come with the next load. */
  alter(definition: TableDefinition): void {
    this.#definition = definition;
    this.#plannedNow = undefined;
  }

  /**
   * Writes the name of a field into the description of the column that was found for it by likeness, so that no other field
   * takes the column later.
   */
  async describe(): Promise<void> {
    for (
      let attempt = 1;
      this.#planned.plan.described.length > 0 && attempt <= MOST_DESCRIPTIONS;
      attempt += 1
    ) {
      const info = await this.service.getTable(this.ref);
      if (info === undefined) return;
      this.#fields = info.fields; // of the same reading as the etag: a patch without a column is refused
      this.#plannedNow = this.#planAnew();
      try {
        await this.service.patchTable(
          this.ref,
          { fields: described(info.fields, this.#planned.plan.fields) },
          info.etag,
        );
      } catch (error) {
        if (!isKind(error, 'precondition')) throw error;
      }
      await this.reread();
    }
  }

  /** Does what no load job does: integer columns that have to take decimals are widened. */
  async widen(): Promise<void> {
    await this.describe();
    const { widened } = this.#planned.plan;
    if (widened.length === 0) return;
    const table = quotedTable(this.project, this.ref);
    for (const { column, to } of widened) {
      const sql = `ALTER TABLE ${table} ALTER COLUMN ${quotedColumn([column])} SET DATA TYPE ${to}`;
      await this.service.query(sql, {}, { location: this.location, labels: this.labels });
      this.#context.log.info({ column }, `column widened to ${to}`);
    }
    await this.reread();
  }

  /** A load is done, so its new columns exist. */
  extended(): void {
    if (this.#planned.plan.added.length === 0) return;
    this.#context.log.info({ columns: this.#planned.plan.added }, 'columns added');
    this.#fields = this.#planned.plan.fields;
    this.#plannedNow = this.#planAnew();
  }

  /** The table was dropped and created again under the same name. */
  adopt(info: TableInfo): void {
    this.creationTime = info.creationTime;
    this.#fields = info.fields;
    this.#plannedNow = this.#planAnew();
  }

  /** @returns true when somebody else changed the columns. */
  async reread(): Promise<boolean> {
    const info = await this.service.getTable(this.ref);
    if (info === undefined) return false;
    const isChanged = JSON.stringify(info.fields) !== JSON.stringify(this.#fields);
    this.#fields = info.fields;
    this.#plannedNow = this.#planAnew();
    return isChanged;
  }

  /** @throws ToolkitError `table_unfit`, exit 3. */
  get #planned(): Planned {
    this.#plannedNow ??= this.#planAnew();
    return this.#plannedNow;
  }

  #planAnew(): Planned {
    const { raw, array_value_wrapping, sequence_unit } = this.#context.config;
    const settings = { raw, array_value_wrapping, sequence_unit };
    const input = { definition: this.#definition, existing: this.#fields, settings };
    const plan = planTable(input);
    if (plan.problems.length > 0) throw tableUnfit(this.ref, plan.problems);
    return { input, plan };
  }

  #warnOfPacked(info: TableInfo): void {
    if (this.#context.config.raw || !isPacked(info)) return;
    this.#context.log.warn(
      'the table keeps whole records in its column `data`; this run gives each field a column beside it: set `raw` to true to go on as before',
    );
  }

  #warnOfExpiry({ expirationTime, timePartitioning }: TableInfo): void {
    const partitions = timePartitioning?.expirationMs;
    if (expirationTime === undefined && partitions === undefined) return;
    const what = expirationTime === undefined ? 'old partitions of the table are' : 'the table is';
    this.#context.log.warn(
      `${what} set to expire: BigQuery will delete rows, and the tap does not send them again`,
    );
  }
}

/** The table's columns with the descriptions that they are planned to have. Types stay: what is new comes with a load job. */
function described(existing: readonly Field[], planned: readonly Field[]): Field[] {
  return existing.map((field) => {
    const { description, fields: inner = [] } = planned.find(({ name }) => name === field.name) ?? {};
    const fields = field.fields && described(field.fields, inner);
    return { ...field, ...(description === undefined ? {} : { description }), ...(fields && { fields }) };
  });
}
