import { Seeded } from '../helpers/seeded.js';
import type { Destination } from './destinations/destination.js';
import type { KindName } from './kinds/index.js';
import { configure, type Place } from './place.js';

/** Draws the first choice each time: nothing but what is needed. */
class Defaults extends Seeded {
  constructor() {
    super(0);
  }

  override pick<T>(items: readonly T[]): T {
    return items[0] as T;
  }
}

/** Settings of tap and target that differ from their defaults. */
export interface GivenSettings {
  readonly tap: object;
  readonly target: object;
}

/** Writes the configs of a run: with the settings that are given, else with some that are drawn. */
export function writeConfigs(
  place: Place,
  port: number,
  destination: Destination,
  kinds: readonly KindName[],
  given: GivenSettings | undefined,
  random: Seeded,
): void {
  const target = destination.settings(place, given ? new Defaults() : random);
  configure(place, port, given?.tap ?? drawnTapSettings(kinds, random), { ...target, ...given?.target });
}

/** Events may be deleted at once, unless a kind takes something back that the tap was told before. */
function drawnTapSettings(kinds: readonly KindName[], random: Seeded): object {
  const keeps = kinds.includes('torn') || kinds.includes('backup');
  return {
    ...(keeps ? {} : { retention_days: 0 }),
    ...random.pick([
      {},
      { state_interval_seconds: 0.1 },
      { state_interval_seconds: 1, state_interval_records: 10 },
    ]),
  };
}
