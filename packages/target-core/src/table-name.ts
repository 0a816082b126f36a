/** Where a stream is loaded. */
export interface TableName {
  readonly schemaName: string | undefined;
  readonly tableName: string;
}

/**
 * Splits the name of a stream as the Singer SDK's SQL targets do: `a-b` is table `b` in schema `a`, `a-b-c` is table `c` in
 * schema `b` (`a` is the database, which targets here do not choose), and a name without hyphen is a table without schema.
 * More parts, or an empty one, say nothing about a schema: the whole name is the table's, so that no two names meet.
 * @param defaultSchema used for every stream when given (the SDK's `default_target_schema`).
 */
export function splitStreamName(stream: string, defaultSchema?: string): TableName {
  const parts = stream.split('-');
  const named = (parts.length === 2 || parts.length === 3) && parts.every((part) => part !== '');
  return {
    schemaName: defaultSchema ?? (named ? parts.at(-2) : undefined),
    tableName: named ? (parts.at(-1) as string) : stream,
  };
}
