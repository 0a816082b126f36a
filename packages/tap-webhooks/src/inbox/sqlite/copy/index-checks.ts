import type { Database } from '../database.js';
import { failureOf } from '../failure.js';
import type { Key } from './readable-rows.js';
import type { NamedRow } from './row-checks.js';
import type { Table } from './stored-tables.js';

/**
 * Finds out whether the indexes of a file lead to every row. A row that its index does not hold is never found: an event would be
 * left out in silence.
 */
export class IndexChecks {
  readonly #database: Database;
  readonly #indexes = new Map<string, readonly Index[]>();
  readonly #broken = new Set<string>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Reads the indexes of a table whole. */
  read(table: Table): void {
    for (const { name } of this.#indexesOf(table)) {
      const all = this.#database.prepare(`SELECT count(*) FROM ${table.name} INDEXED BY ${name}`);
      if (!isFound(all, [])) this.#broken.add(name);
    }
  }

  /** Looks for an intact row in each index of its table. */
  look(table: Table, key: Key, row: NamedRow): void {
    for (const { name, columns, find } of this.#indexesOf(table)) {
      if (this.#broken.has(name)) continue;
      const values = [...columns.map((column) => row[column] ?? null), ...key];
      if (!isFound(find, values) && this.#isThere(table, key)) this.#broken.add(name);
    }
  }

  /** Returns the names of those that do not, or cannot be read, in their order. */
  broken(): string[] {
    return [...this.#broken].sort();
  }

  /** A writer may have deleted the row since it was read. */
  #isThere({ name, keys }: Table, key: Key): boolean {
    const condition = keys.map((column) => `+${column} = ?`).join(' AND ');
    const find = this.#database.prepare(`SELECT 1 FROM ${name} NOT INDEXED WHERE ${condition}`);
    return isFound(find, key);
  }

  #indexesOf(table: Table): readonly Index[] {
    const known = this.#indexes.get(table.name);
    if (known) return known;
    const found = (this.#database.prepare(INDEXES).all(table.name) as Array<{ name: string }>).map(
      ({ name }) => this.#index(name, table),
    );
    this.#indexes.set(table.name, found);
    return found;
  }

  #index(name: string, table: Table): Index {
    const rows = this.#database.prepare('SELECT name FROM pragma_index_info(?)').all(name);
    const columns = rows.map((row) => (row as { name: string }).name);
    const conditions = [
      ...columns.map((column) => `${column} IS ?`),
      ...table.keys.map((column) => `${column} = ?`),
    ];
    const sql = `SELECT 1 FROM ${table.name} INDEXED BY ${name} WHERE ${conditions.join(' AND ')}`;
    return { name, columns, find: this.#database.prepare(sql) };
  }
}

/** Without those that are the table itself. */
const INDEXES =
  "SELECT name FROM pragma_index_list(?) WHERE origin <> 'pk' OR name NOT LIKE 'sqlite_autoindex%'";

interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  readonly find: ReturnType<Database['prepare']>;
}

function isFound(find: Index['find'], values: Key): boolean {
  try {
    return find.get(...values) !== undefined;
  } catch (cause) {
    const failure = failureOf(cause);
    if (failure === 'damaged' || failure === 'untrusted') return false;
    throw cause;
  }
}
