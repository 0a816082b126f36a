import { type Logger, loggerOf } from '@tap-webhooks/singer';

/** A log that is kept: `level message`. */
export function keptLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: loggerOf((level, _, message) => lines.push(`${level} ${message}`)) };
}
