import type { Logger } from '@tap-webhooks/singer';
import { loggerOf } from '@tap-webhooks/singer/log';

/** A log that is kept: `level message`. */
export function keptLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: loggerOf((level, _, message) => lines.push(`${level} ${message}`)) };
}
