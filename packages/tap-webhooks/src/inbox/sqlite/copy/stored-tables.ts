import type { Database } from '../database.js';

/** A table as its file describes it, so that the file can be copied and checked whatever its format is. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns by which its rows are stored and can be told apart. */
  readonly keys: readonly string[];
  /** The keys as one SQL expression. */
  readonly key: string;
  /** Selects the keys, then all columns. */
  readonly select: string;
  /** Statement that creates it. */
  readonly sql: string;
}

/** Returns the tables of a file, without those of SQLite itself. */
export function tablesOf(database: Database): Table[] {
  const tables = database
    .prepare(
      `SELECT list.name, wr AS withoutRowid, sql FROM pragma_table_list AS list JOIN sqlite_schema USING (name)
       WHERE schema = 'main' AND list.type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .all() as Array<{ name: string; withoutRowid: number; sql: string }>;
  return tables.map(({ name, withoutRowid, sql }) => {
    const info = database.prepare('SELECT name, pk FROM pragma_table_info(?)').all(name) as Column[];
    const columns = info.map((column) => column.name);
    const primary = info.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
    const keys = withoutRowid === 1 ? primary.map((column) => column.name) : ['rowid'];
    const key = keys.length === 1 ? String(keys[0]) : `(${keys.join(', ')})`;
    return {
      name,
      columns,
      keys,
      key,
      sql,
      select: `SELECT ${[...keys, ...columns].join(', ')} FROM ${name}`,
    };
  });
}

interface Column {
  readonly name: string;
  /** Place in the primary key, from 1; 0 for a column that is not part of it. */
  readonly pk: number;
}

/** Returns the statements that create the indexes of a file. */
export function indexesOf(
  database: Database,
): Array<{ readonly name: string; readonly table: string; readonly sql: string }> {
  return database
    .prepare(
      "SELECT name, tbl_name AS 'table', sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
    )
    .all() as Array<{ name: string; table: string; sql: string }>;
}

/** Returns the highest number by which a row of any table may be stored. */
export function highestKey(database: Database): bigint {
  const numbers = [
    "SELECT max(CAST(value AS INTEGER)) FROM meta WHERE name = 'newest'",
    'SELECT max(newest) FROM streams',
    'SELECT max(seq) FROM sqlite_sequence',
  ].map((sql) => {
    try {
      const [number] = Object.values(
        (database.prepare(sql).get() ?? {}) as { [column: string]: number | null },
      );
      return BigInt(number ?? 0);
    } catch {
      return 0n; // that table cannot be read
    }
  });
  return numbers.reduce((highest, number) => (number > highest ? number : highest), 1000n);
}
