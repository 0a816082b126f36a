import { isKind } from '../service-error.js';
import { backOff, QUICK, SLOW } from './retry.js';

/**
 * Repeats a call that fails for a reason that passes, a used-up quota too.
 * @param deadlineMs no attempt is begun later than that after the first.
 * @throws what the last attempt threw.
 */
export async function patiently<T>(call: () => Promise<T>, deadlineMs: number): Promise<T> {
  const until = Date.now() + deadlineMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isKind(error, 'transient', 'quota') || Date.now() > until) throw error;
      await backOff(attempt, error.kind === 'quota' ? SLOW : QUICK);
    }
  }
}
