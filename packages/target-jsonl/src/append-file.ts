import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openOwn, syncFolder, systemCode } from '@tap-webhooks/singer';

/** After these errors of a write, the file system took only a part of the bytes. What it has is as good as before. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/**
 * A file to which lines are appended. Bytes count only once they are synced. After a failure the file is cut back to its last
 * synced length, so that a whole line never follows half a line.
 */
export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #synced: number;
  #written: number;
  #nameIsNew: boolean;
  #isTrusted = true;

  private constructor(path: string, handle: FileHandle, length: number) {
    this.path = path;
    this.#handle = handle;
    this.#synced = length;
    this.#written = length;
    this.#nameIsNew = length === 0;
  }

  /**
   * Opens a file whose length is known to be good; a new one has length 0.
   * @param mode rights of a new file.
   */
  static async open(path: string, length: number, mode: number): Promise<AppendFile> {
    return new AppendFile(path, await openOwn(path, 'a', mode), length);
  }

  /** Length in bytes, including bytes that are not synced yet. */
  get length(): number {
    return this.#written;
  }

  /**
   * False after a sync failed, or a write for another reason than lack of room. Linux may then call pages clean that never reached
   * the disk ("Can Applications Recover from fsync Failures?", USENIX ATC 2020), so no later sync of this file proves anything.
   */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, offset).catch((cause) => {
        if (!NO_ROOM.includes(systemCode(cause))) this.#isTrusted = false;
        throw cause;
      });
      offset += bytesWritten;
      this.#written += bytesWritten;
    }
  }

  /** Syncs the file. When this resolves, everything written so far and the file's name survive a power cut. */
  async sync(): Promise<void> {
    await this.#ofBytes(this.#handle.datasync());
    if (this.#nameIsNew) await this.#ofBytes(syncFolder(dirname(this.path)));
    this.#nameIsNew = false;
    this.#synced = this.#written;
  }

  /** Removes bytes that are not synced. */
  async cutBack(): Promise<void> {
    await this.#ofBytes(this.#handle.truncate(this.#synced));
    this.#written = this.#synced;
    await this.#ofBytes(this.#handle.datasync());
  }

  /** Waits for a call without which it is unknown which bytes are on the disk. */
  async #ofBytes(call: Promise<void>): Promise<void> {
    try {
      await call;
    } catch (cause) {
      this.#isTrusted = false;
      throw cause;
    }
  }

  /** Returns false when another program moved, removed, replaced or cut the file, or wrote to it. */
  async isInPlace(): Promise<boolean> {
    const mine = await this.#handle.stat();
    const named = await stat(this.path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw cause;
    });
    return named?.ino === mine.ino && named.dev === mine.dev && mine.size === this.#written;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
