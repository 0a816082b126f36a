/** The table that a stream is loaded into. */
export interface TableName {
  readonly schemaName: string | undefined;
  readonly tableName: string;
}

/**
 * The table of a stream, from the stream's name as the Singer SDK's SQL targets split it: `a-b` is table `b` in schema `a`,
 * `a-b-c` is table `c` in schema `b` (`a` is the database, which targets here do not choose), and a name without hyphen is a
 * table without schema. A name with more parts, or with an empty one, is the table's as a whole, so that two streams never
 * share a table.
 * @param defaultSchema replaces the schema of every stream when given (the SDK's `default_target_schema`).
 */
export function splitStreamName(stream: string, defaultSchema?: string): TableName {
  const parts = stream.split('-');
  const named = (parts.length === 2 || parts.length === 3) && parts.every((part) => part !== '');
  return {
    schemaName: defaultSchema ?? (named ? parts.at(-2) : undefined),
    tableName: named ? (parts.at(-1) as string) : stream,
  };
}
