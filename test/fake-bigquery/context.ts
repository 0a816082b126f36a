import type { IncomingMessage } from 'node:http';
import type { FaultAction, Faults } from './faults.js';
import type { Jobs } from './jobs.js';
import type { FakeRequest, Requests } from './requests.js';
import type { Store } from './store.js';

export interface FakeSettings {
  readonly project: string;
  /** Location of datasets that are created without one. */
  readonly defaultLocation: string;
  /** False when rows of load jobs are counted and not read (for benchmarks). */
  readonly keepRows: boolean;
  /** Most load jobs of one table within 24 hours, failed ones included ("Quotas and limits", load jobs). */
  readonly loadsPerDay: number;
  /** How often `jobs.get` says RUNNING before it says DONE. */
  readonly runningPolls: number;
  /** Shortest duration of a load job, in ms. */
  readonly jobMs: number;
  /** Rows per page of query results. */
  readonly pageRows: number;
  /** Most metadata updates of one table within 10 seconds; 0 for no limit ("Quotas and limits", standard tables). */
  readonly tableUpdatesPer10s: number;
}

/** Everything that the parts of one fake share. */
export interface Context {
  readonly settings: FakeSettings;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly requests: Requests;
  readonly faults: Faults;
  /** Outdated answers of `tables.get`, by `dataset.table`, with the number of reads that still get them. */
  readonly oldTables: Map<string, { reads: number; readonly body: object }>;
}

/** One request while it is being served. */
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
  /** Body, sent as JSON; nothing is sent when it is absent. */
  readonly body?: object;
  /** True when the connection is reset in place of the answer. */
  readonly lost?: boolean;
}
