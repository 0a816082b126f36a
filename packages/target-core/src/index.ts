export { REJECTED_TABLE, type RowIdentity } from '@tap-webhooks/singer';
export { HeldRows } from './held-rows.js';
export type { Batch, BatchRow, Loader, LoadResult, Row, Sink, TableDefinition } from './loader.js';
export { rejectedTable } from './rejected.js';
export { linesOf, RowBytes } from './row-bytes.js';
export { runTarget, type TargetRun } from './run.js';
export { refusedSettings, type TargetSettings, targetSettings } from './settings.js';
export { definitionOf } from './stream-schema.js';
export { splitStreamName, type TableName } from './table-name.js';
