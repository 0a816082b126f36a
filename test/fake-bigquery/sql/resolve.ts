import type { Context } from '../context.js';
import { invalidQuery, notFound, Refusal } from '../refusal.js';
import type { Store, StoredDataset } from '../store.js';
import { StoredTable } from '../stored-table.js';
import { parseStatement, TABLES_VIEW } from './statement.js';
import type { Statement, TableName } from './syntax.js';

/** A statement with its table. */
export interface Resolved {
  readonly statement: Statement;
  /** The table; undefined for `SELECT 1`. */
  readonly table: StoredTable | undefined;
  /** Location in which the job runs. */
  readonly location: string;
}

/** Finds the table and the location of a statement. @throws Refusal 400, 403 or 404. */
export function resolve(
  { store, settings }: Context,
  spec: { readonly query: string; readonly useLegacySql?: boolean },
  asked: string | undefined,
): Resolved {
  if (spec.useLegacySql !== false)
    throw invalidQuery('This server knows GoogleSQL only: useLegacySql has to be false');
  const statement = parseStatement(spec.query);
  if (statement.kind === 'constant')
    return { statement, table: undefined, location: asked ?? settings.defaultLocation };
  const names = namesOf(statement);
  const [table] = names.map((name) => findTable(store, name, asked));
  return { statement, table, location: store.dataset((names[0] as TableName).dataset).location };
}

function namesOf(statement: Exclude<Statement, { kind: 'constant' }>): readonly TableName[] {
  if (statement.kind === 'select') return [statement.from];
  return statement.kind === 'insert' ? [statement.into, statement.select.from] : [statement.table];
}

/** Returns the table that a statement names. @throws Refusal 403 or 404. */
function findTable(
  store: Store,
  { project, dataset: id, table }: TableName,
  asked: string | undefined,
): StoredTable {
  if (project !== undefined && project !== store.project)
    throw new Refusal(
      403,
      'accessDenied',
      `Access Denied: Project ${project}: User does not have permission.`,
    );
  const dataset = store.dataset(id);
  const location = asked ?? dataset.location;
  if (location.toLowerCase() !== dataset.location.toLowerCase())
    throw notFound(`Dataset ${store.project}:${id} was not found in location ${location}`);
  if (table === TABLES_VIEW) return tablesView(dataset);
  const found = dataset.tables.get(table);
  if (found === undefined)
    throw notFound(`Table ${store.project}:${id}.${table} was not found in location ${location}`);
  if (found.view) throw invalidQuery('This server does not run views');
  return found;
}

/** Returns the "TABLES view" of INFORMATION_SCHEMA with the two columns that the target reads. */
function tablesView({ id, tables }: StoredDataset): StoredTable {
  const view = new StoredTable(id, TABLES_VIEW, () => '0');
  view.fields = [
    { name: 'table_name', type: 'STRING', mode: 'NULLABLE' },
    { name: 'table_type', type: 'STRING', mode: 'NULLABLE' },
  ];
  view.rows = [...tables.values()].map((table) => ({
    table_name: table.id,
    table_type: table.view ? 'VIEW' : 'BASE TABLE',
  }));
  return view;
}
