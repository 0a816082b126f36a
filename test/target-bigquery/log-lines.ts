import type { Logger } from '@tap-webhooks/singer';

/** A log that is kept: `level message`. */
export function keptLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (first: object | string, message?: string) => {
    lines.push(`${level} ${typeof first === 'string' ? first : message}`);
  };
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}
