import { vi } from 'vitest';

/** Sets the clock forward for the rest of the running test. @returns sets it right again. */
export function setForward(ms: number): () => void {
  const { now } = Date;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
  return () => clock.mockRestore();
}
