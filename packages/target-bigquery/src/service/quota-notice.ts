import type { Logger } from '@tap-webhooks/singer';

/** What is said when a call begins to wait for a used-up quota. */
export function quotaNotice(log: Logger): () => void {
  return () => log.warn('a quota of BigQuery is used up: a call waits until it comes back');
}
