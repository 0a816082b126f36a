import { createHash } from 'node:crypto';
import { REJECTED_TABLE, type TableDefinition } from '@tap-webhooks/target-core';
import type { BigQueryService, TableInfo } from '../api/service.js';
import type { Config } from '../config.js';
import { datasetMissing } from '../errors.js';
import { LOADS_TABLE } from '../loads/table.js';
import type { TableRef } from '../table-ref.js';

/** "Dataset naming" and "Table naming" of the BigQuery documentation, in bytes and without what needs quotes elsewhere. */
const LONGEST_NAME = 1024;
/** A letter, digit or accent that a name loses. */
const LOST = /[\p{L}\p{M}\p{N}]/u;
/** Characters of the digest that keeps names apart. */
const DIGEST_LENGTH = 8;
/** Tables that the target keeps itself. A name that only becomes one of these gets a digest. */
const OWN_TABLES: readonly string[] = [LOADS_TABLE, REJECTED_TABLE];

/** A name as BigQuery takes it. */
interface Name {
  /** With `_` for each character that is refused: the name that every version gave before. */
  readonly folded: string;
  /** The name of what is created now: `folded`, or with a digest when `folded` does not tell it from other names. */
  readonly own: string;
  /** `folded` with a digest. */
  readonly digested: string;
}

function nameOf(original: string): Name {
  const folded = original.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, LONGEST_NAME);
  const digest = createHash('sha256').update(original).digest('hex').slice(0, DIGEST_LENGTH);
  const digested = `${folded.slice(0, LONGEST_NAME - DIGEST_LENGTH - 1)}_${digest}`;
  const refused = original.replaceAll(/[A-Za-z0-9_]/g, '');
  const isLike =
    LOST.test(refused) || original.length > LONGEST_NAME || !(refused === '' || /[A-Za-z0-9]/.test(folded));
  return { folded, own: isLike ? digested : folded, digested };
}

/** The name without the one that another table has for sure. */
function onlyDigested({ digested }: Name): Name {
  return { folded: digested, own: digested, digested };
}

function namesOf(
  { stream, schemaName, tableName }: TableDefinition,
  config: Config,
): { dataset: Name; table: Name } {
  const dataset = schemaName ?? config.dataset;
  if (dataset === undefined) throw datasetMissing(stream);
  const table = nameOf(tableName);
  const isOwn = table.folded !== tableName && OWN_TABLES.includes(table.folded);
  return { dataset: nameOf(dataset), table: isOwn ? onlyDigested(table) : table };
}

/**
 * The table that is created for a stream. What a name may not hold becomes `_`; a name that loses letters or digits by that, or has
 * none, gets a digest too, so that `日本` and `中国` are two tables.
 * @throws ToolkitError `dataset_missing`, exit 1.
 */
export function newTableRef(definition: TableDefinition, config: Config): TableRef {
  const { dataset, table } = namesOf(definition, config);
  return { dataset: dataset.own, table: table.own };
}

/**
 * The table that a stream is loaded into: an existing one under the name without digest goes on being used, unless it is another
 * stream's. Where the name needs no change, the service is not asked.
 * @throws ToolkitError `dataset_missing`, exit 1; ServiceError.
 */
export async function tableRefOf(
  service: Pick<BigQueryService, 'getDataset' | 'getTable'>,
  definition: TableDefinition,
  config: Config,
): Promise<TableRef> {
  const names = namesOf(definition, config);
  const { folded, own } = names.dataset;
  const hasOld = folded !== own && (await service.getDataset(folded)) !== undefined;
  const dataset = hasOld ? folded : own;
  const { table } = names;
  if (table.folded === definition.tableName) return { dataset, table: table.folded };
  const existing = await service.getTable({ dataset, table: table.folded });
  if (existing === undefined) return { dataset, table: table.own };
  return { dataset, table: isOfAnother(existing, definition.stream) ? table.digested : table.folded };
}

/** The description of a new table. */
export function tableDescription(stream: string): string {
  return `Rows of stream ${stream}, appended by target-bigquery.`;
}

/** True for a table whose description names another stream. Other descriptions tell nothing. */
function isOfAnother({ description = '' }: Pick<TableInfo, 'description'>, stream: string): boolean {
  const named = /^Rows of stream (.*), appended by target-bigquery\.$/s.exec(description)?.[1];
  return named !== undefined && named !== stream;
}
