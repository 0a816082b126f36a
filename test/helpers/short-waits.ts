import { vi } from 'vitest';

/** For `beforeEach`: retries wait as briefly as their jitter allows, half of the mean. */
export function shortWaits(): () => void {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => random.mockRestore();
}
