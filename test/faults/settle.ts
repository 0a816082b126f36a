import { setTimeout as pause } from 'node:timers/promises';
import type { Delivery } from './deliveries.js';
import type { Destination } from './destinations/destination.js';
import { endingFindings, PARKING_KINDS, stopFindings } from './endings.js';
import type { KindName } from './kinds/index.js';
import type { World } from './kinds/kind.js';
import type { Oracle } from './oracle.js';

/** A fresh webhook is accepted within this time, also after a start that waits for locks. */
const FRESH_MS = 60_000;
/** A fresh event is in its table within this time, with everything that waits before it. */
const SETTLE_MS = 90_000;

/**
 * Lets the pipe go on without faults until fresh events are in the tables, then stops it as an operator does.
 * @returns a sentence for each thing that went wrong.
 */
export async function settle(
  { pipe, destination, place, disk }: World,
  kinds: readonly KindName[],
  oracle: Oracle,
): Promise<string[]> {
  disk?.free();
  disk?.recover();
  const findings: string[] = [];
  try {
    // A table whose disk failed is parked until the target starts again. A full disk is waited for.
    if (kinds.some((kind) => PARKING_KINDS.includes(kind))) {
      await pipe.stop();
      pipe.start();
    }
    const fresh = await oracle.postFresh(FRESH_MS);
    await untilThere(fresh, () => destination.rows(place));
    findings.push(...stopFindings(await pipe.stop()));
  } catch (cause) {
    findings.push((cause as Error).message);
    await pipe.kill();
  }
  return [...findings, ...endingFindings(pipe.endings, pipe.stuck, kinds)];
}

async function untilThere(
  fresh: readonly Delivery[],
  read: () => ReturnType<Destination['rows']>,
): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const start = Date.now();
    const there = new Set((await read()).map(({ id }) => id));
    if (fresh.every(({ events }) => events.every(({ id }) => there.has(id)))) return;
    if (start > deadline) throw new Error('A fresh event is not in its table after the faults ended');
    await pause(200 + 3 * (Date.now() - start));
  }
}
