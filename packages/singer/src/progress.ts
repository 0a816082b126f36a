import { isatty } from 'node:tty';
import { standardError } from './standard-error.js';

/**
 * Redraws one line on stderr each second while it is a terminal; otherwise does nothing.
 * @param sample returns the text, without a line end.
 */
export function startProgress(sample: () => string): { stop(): void } {
  if (!isatty(2)) return { stop: () => {} };
  let shown = '';
  const timer = setInterval(() => {
    const text = sample().slice(0, (process.stderr.columns ?? 80) - 1);
    if (text !== shown) standardError.write(`\r\x1b[K${text}`);
    shown = text;
  }, 1000);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      if (shown !== '') standardError.write('\n');
    },
  };
}
