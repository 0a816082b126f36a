import { setTimeout as pause } from 'node:timers/promises';
import type { Kind } from './kind.js';

/**
 * The disk loses power: what was not synced is gone. Everything starts again from what is on it. The programs are halted first:
 * without power nothing can be answered any more, and a file system that is being shut down may call a sync done that is not.
 */
export const power: Kind = {
  needs: ['disk'],
  async act({ pipe, disk }) {
    await pipe.halt();
    disk?.cutPower();
    await pipe.whileKilled(() => disk?.restart());
    return 'power cut';
  },
};

/** The disk is full for a while. */
export const full: Kind = {
  needs: ['disk'],
  async act({ random, disk }) {
    const ms = 500 + random.below(2500);
    disk?.fill();
    await pause(ms);
    disk?.free();
    return `full for ${ms} ms`;
  },
};

/**
 * The device fails writes for a while and recovers, as a thin volume that runs full. Then what is on the device is read anew,
 * since the page cache may show what never reached it.
 */
export const device: Kind = {
  needs: ['disk'],
  async act({ random, disk, pipe }) {
    const ms = 1000 + random.below(3000);
    disk?.failWrites();
    await pause(ms);
    disk?.recover();
    await pause(random.below(2000));
    await pipe.whileKilled(() => disk?.restart());
    return `device failed for ${ms} ms`;
  },
};
