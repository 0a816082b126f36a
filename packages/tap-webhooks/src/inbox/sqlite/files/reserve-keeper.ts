import { pause } from '@tap-webhooks/singer';
import { inPieces } from '../pieces.js';
import type { Notice } from '../threads/messages.js';
import { hasReserve, hasRoomForReserve, makeReserve, releaseReserve } from './reserve.js';

/** How often it is looked whether the reserve is there, in ms. It is not made for what ends sooner, such as a short drain. */
const LOOKS_MS = 2000;

const FULL: Notice = {
  level: 'error',
  message:
    'The disk of the inbox is full: webhooks are answered 503 until there is room. What every consumer has confirmed is deleted now, whatever retention_days says',
  fields: {},
};

const ROOM_AGAIN: Notice = {
  level: 'warn',
  message: 'There is room on the disk of the inbox again: webhooks are accepted',
  fields: {},
};

/** Keeps the reserve of the writing thread: removes it when the disk is full, and makes it again once there is room. */
export class ReserveKeeper {
  readonly #folder: string;
  readonly #say: (notice: Notice) => void;
  readonly #signal: AbortSignal;
  #isFull = false;

  /** @param signal ends the keeping. */
  constructor(folder: string, say: (notice: Notice) => void, signal: AbortSignal) {
    this.#folder = folder;
    this.#say = say;
    this.#signal = signal;
    if (!hasReserve(folder) && !hasRoomForReserve(folder)) this.release();
    void this.#keep();
  }

  /** True from the moment the disk was full until the reserve is there again. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Removes the reserve, since the disk is full. */
  release(): void {
    releaseReserve(this.#folder);
    if (this.#isFull) return;
    this.#isFull = true;
    this.#say(FULL);
  }

  /** Makes the reserve whenever it is missing and there is room for it. */
  async #keep(): Promise<void> {
    while (!this.#signal.aborted) {
      await pause(LOOKS_MS, this.#signal);
      try {
        if (!this.#isFull && hasReserve(this.#folder)) continue;
        if (!hasRoomForReserve(this.#folder)) continue;
        await inPieces(makeReserve(this.#folder), this.#signal);
        if (this.#signal.aborted) return;
        if (this.#isFull) this.#say(ROOM_AGAIN);
        this.#isFull = false;
      } catch {
        // There was no room after all, or the folder cannot be written now.
      }
    }
  }
}
