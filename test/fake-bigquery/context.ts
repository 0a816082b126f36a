import type { IncomingMessage } from 'node:http';
import type { FaultAction, Faults } from './faults.js';
import type { Jobs } from './jobs.js';
import type { FakeRequest, Requests } from './requests.js';
import type { Store } from './store.js';

export interface FakeSettings {
  readonly project: string;
  /** Of datasets that are created without one. */
  readonly defaultLocation: string;
  /** false: rows of load jobs are counted, not read (for benchmarks). */
  readonly keepRows: boolean;
  /** Load jobs of one table within 24 hours, failed ones too ("Quotas and limits", load jobs). */
  readonly loadsPerDay: number;
  /** Times that `jobs.get` says RUNNING before it says DONE. */
  readonly runningPolls: number;
  /** How long a load job takes, at least. */
  readonly jobMs: number;
  /** Rows of a page of query results. */
  readonly pageRows: number;
  /** Metadata updates of one table within 10 seconds; 0: no limit ("Quotas and limits", standard tables). */
  readonly tableUpdatesPer10s: number;
}

/** Everything that the parts of one fake share. */
export interface Context {
  readonly settings: FakeSettings;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly requests: Requests;
  readonly faults: Faults;
  /** Old answers of `tables.get`, by `dataset.table`, with the number of reads that still get them. */
  readonly oldTables: Map<string, { reads: number; readonly body: object }>;
}

/** One request on its way through. */
export interface Call {
  readonly context: Context;
  readonly request: FakeRequest;
  readonly params: readonly string[];
  readonly message: IncomingMessage;
  readonly fault: FaultAction | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** Sent as JSON; nothing when absent. */
  readonly body?: object;
  /** The connection is reset in place of the answer. */
  readonly lost?: boolean;
}
