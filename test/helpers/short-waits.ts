import { vi } from 'vitest';

/** Makes retries wait as briefly as their jitter allows: half of the mean. For `beforeEach`. */
export function shortWaits(): () => void {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => random.mockRestore();
}

/** For `beforeEach`: `Date.now()` runs five times as fast, so that what may go on for 5 s ends after one. Timers do not. */
export function fastClock(): () => void {
  const now = Date.now;
  const begun = now();
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => begun + 5 * (now() - begun));
  return () => clock.mockRestore();
}
