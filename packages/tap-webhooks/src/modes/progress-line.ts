import { startProgress } from '@tap-webhooks/singer';
import type { Emitter } from '../emit/emitter.js';
import type { InboxReader } from '../inbox/inbox.js';

/**
 * Shows on a terminal how the pipe gets on.
 * @param emitter absent: nothing is emitted here.
 */
export function showProgress(reader: InboxReader, emitter?: Emitter): { stop(): void } {
  const begun = performance.now();
  let first: number | undefined;
  let newest = 0;
  return startProgress(() => {
    void reader.newest().then(
      (position) => {
        first ??= position;
        newest = position;
      },
      () => {}, // closed meanwhile
    );
    const received = `${newest - (first ?? newest)} received`;
    if (!emitter) return received;
    const rate = Math.round(emitter.emitted / ((performance.now() - begun) / 1000));
    const backlog = emitter.position === 0 ? '' : `, ${Math.max(0, newest - emitter.position)} waiting`;
    return `${received}, ${emitter.emitted} emitted (${rate}/s)${backlog}`;
  });
}
