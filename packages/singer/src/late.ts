import { outputUnread } from './errors.js';

/** How long a program that is told to stop goes on reading and writing, in ms: a container is killed after 10 s. */
export const STOP_WITHIN_MS = 8000;
/** What is left when it is late already gets this long, in ms: a reader that does read takes it in that time. */
const GRACE_MS = 1000;

/**
 * Waits for output to be read, but not for ever once it is late.
 * @param late aborts when a program that is to stop has used up its time.
 * @throws ToolkitError `output_unread`, exit 6; or what `written` is rejected with.
 */
export async function unlessLate(written: Promise<void>, late: AbortSignal): Promise<void> {
  let onLate = () => {};
  let grace: NodeJS.Timeout | undefined;
  const given = new Promise<never>((_, reject) => {
    onLate = () => reject(outputUnread());
    if (late.aborted) grace = setTimeout(onLate, GRACE_MS);
    else late.addEventListener('abort', onLate, { once: true });
  });
  try {
    await Promise.race([written, given]);
  } finally {
    clearTimeout(grace);
    late.removeEventListener('abort', onLate);
  }
}
