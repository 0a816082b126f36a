import type { Logger } from '@tap-webhooks/singer';
import type { Config } from './config.js';
import type { TablePaths } from './naming.js';

/** One table on disk: where it is, what it is called in sentences, and by which settings it is written. */
export interface TablePlace {
  readonly paths: TablePaths;
  /** Name of the stream that opened it. */
  readonly stream: string;
  readonly config: Config;
  readonly log: Logger;
}
