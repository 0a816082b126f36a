import { vi } from 'vitest';

/** Makes retries wait as briefly as their jitter allows: half of the mean. For `beforeEach`. */
export function shortWaits(): () => void {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => random.mockRestore();
}
