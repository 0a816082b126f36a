import { within } from './wait.js';

/** A worker thread that runs. */
export interface RunningThread {
  terminate(): Promise<unknown>;
}

/** All worker threads of this process. */
export const runningThreads = new Set<RunningThread>();

/** How long to wait for a call that is only slow, in ms. */
const WAIT_MS = 500;
const LOOK_MS = 20;

/**
 * Ends the worker threads, and resolves to true when the operating system does not answer: a call to a disk, a network file
 * system or the resolver of names that does not return. Node's `process.exit` would wait for it.
 */
export async function isHanging(): Promise<boolean> {
  const ends = [...runningThreads].map((thread) => thread.terminate());
  const ended = await within(
    Promise.all(ends).then(() => true),
    WAIT_MS,
  );
  if (!ended) return true;
  for (let waited = 0; hasPendingCall(); waited += LOOK_MS) {
    if (waited >= WAIT_MS) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

/** These calls run in Node's pool of threads, which has no way to end them. */
function hasPendingCall(): boolean {
  return process
    .getActiveResourcesInfo()
    .some((resource) => /^(FSReq|FileHandleCloseReq|GetAddrInfoReq|GetNameInfoReq)/.test(resource));
}
