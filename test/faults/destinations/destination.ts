import type { Seeded } from '../../helpers/seeded.js';
import type { IntegrationName, SentEvent } from '../deliveries.js';
import type { Place } from '../place.js';

/** One row of a table, as the judge sees it. */
export interface Row {
  readonly integration: IntegrationName;
  /** Value of its member `event`. */
  readonly id: string;
  readonly inbox: string;
  readonly position: number;
  readonly sequence: number;
  /** Everything but the columns that the tap and the target add, in a form of the destination's own. */
  readonly payload: unknown;
}

/** Where a run loads its rows. */
export interface Destination {
  readonly program: 'target-jsonl' | 'target-bigquery';
  /** Returns the target's config. Some settings are drawn. */
  settings(place: Place, random: Seeded): object;
  /** Returns every row of every integration, in the order of its table. */
  rows(place: Place): Promise<Row[]>;
  /** Returns how many records could not be loaded as rows. */
  rejected(place: Place): Promise<number>;
  /** Returns whether a row holds exactly what was sent. */
  isEqual(row: Row, event: SentEvent): boolean;
  /** Removes what the target keeps beside the tables, if it promises that this does no harm. */
  forget?(place: Place): void;
  close(): Promise<void>;
}
