import { vi } from 'vitest';

/** Sets the clock forward for the rest of the running test. @returns sets it right again. */
export function setForward(ms: number): () => void {
  const { now } = Date;
  const earlier = vi.isMockFunction(now) ? now.getMockImplementation() : undefined;
  const read = earlier ?? now; // a clock that another helper has set goes on
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => read() + ms);
  return () => clock.mockRestore();
}
