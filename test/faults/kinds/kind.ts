import type { Seeded } from '../../helpers/seeded.js';
import type { Destination } from '../destinations/destination.js';
import type { Disk } from '../disk.js';
import type { Ledger } from '../ledger.js';
import type { Pipe } from '../pipe.js';
import type { Place } from '../place.js';
import type { Shim } from '../shim/shim.js';

/** What a fault can touch. The oracle is not in it. */
export interface World {
  readonly place: Place;
  readonly pipe: Pipe;
  readonly destination: Destination;
  readonly ledger: Ledger;
  readonly random: Seeded;
  /** Errors and clocks of the running programs; absent when no kind of the run needs it. */
  readonly shim?: Shim;
  /** The file system that holds `place.data`; absent when it is a folder of the machine's own. */
  readonly disk?: Disk;
  /** Numbers of deliveries that a fault lost in a documented way. */
  readonly excused: Set<number>;
}

/** What a kind needs beside the pipe. */
export type Need = 'shim' | 'disk';

/** One kind of fault. */
export interface Kind {
  readonly needs: readonly Need[];
  /** Makes one fault, and ends it if it lasts. @returns what was done, for the report. */
  act(world: World): Promise<string>;
}
