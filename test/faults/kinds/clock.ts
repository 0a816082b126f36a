import { setTimeout as pause } from 'node:timers/promises';
import type { Kind } from './kind.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEPS = [
  ['-1 h', -HOUR_MS],
  ['-2 s', -2000],
  ['+1 h', HOUR_MS],
  ['+40 days', 40 * DAY_MS],
  ['-60 years', -60 * 365 * DAY_MS],
] as const;

/** The clock of all programs is wrong for a while, and comes back. */
export const clock: Kind = {
  needs: ['shim'],
  async act({ random, shim }) {
    const [name, ms] = random.pick(STEPS);
    const forMs = 500 + random.below(3000);
    shim?.shiftClocks(ms);
    await pause(forMs);
    shim?.shiftClocks(0);
    return `${name} for ${forMs} ms`;
  },
};
