export type { Batch, Loader, LoadResult, Row, RowIdentity, Sink, TableDefinition } from './loader.js';
export { REJECTED_TABLE } from './rejected.js';
export { RowBytes } from './row-bytes.js';
export { runTarget, type TargetRun } from './run.js';
export { type TargetSettings, targetSettings } from './settings.js';
export { splitStreamName, type TableName } from './table-name.js';
