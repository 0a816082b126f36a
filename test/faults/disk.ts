import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanUp } from './clean-up.js';
import { sum } from './numbers.js';

/** A file system of its own: ext4 on a loop device on a file in a tmpfs. Needs root, Linux and a C compiler. */

const DISK_MIB = 192;
/** The tmpfs is smaller than the disk promises to be: filling it makes the device fail writes, as a thin volume does. */
const BACKING_MIB = 256;
/**
 * Bytes of a block of the file system and of each request to the device: one page of the tmpfs. Linux's loop device calls a request
 * done of which only the beginning could be written, so a larger one would lose bytes that no program can know of.
 */
const BLOCK_BYTES = 4096;
const MIB = 1024 * 1024;
const SHUTDOWN = fileURLToPath(new URL('../../faults/shim/shutdown.c', import.meta.url));

export class Disk {
  /** Where the file system is mounted. */
  readonly path: string;
  readonly #folder: string;
  readonly #backing: string;
  readonly #image: string;
  readonly #shutdown: string;
  #device = '';
  #errors = 0;
  /** Unmounts and removes everything. */
  readonly remove = cleanUp(() => this.#remove());

  private constructor(folder: string, shutdown: string) {
    this.#folder = folder;
    this.#backing = join(folder, 'backing');
    this.#image = join(this.#backing, 'disk.img');
    this.path = join(folder, 'disk');
    this.#shutdown = shutdown;
  }

  /** @throws Error with the reason why this machine cannot make one. */
  static create(): Disk {
    const folder = mkdtempSync(join(tmpdir(), 'faults-disk-'));
    const shutdown = join(folder, 'shutdown');
    const disk = new Disk(folder, shutdown);
    try {
      run('cc', '-O1', '-o', shutdown, SHUTDOWN);
      mkdirSync(disk.#backing);
      mkdirSync(disk.path);
      run('mount', '-t', 'tmpfs', '-o', `size=${BACKING_MIB}m`, 'faults', disk.#backing);
      closeSync(openSync(disk.#image, 'w'));
      truncateSync(disk.#image, DISK_MIB * MIB);
      run('mkfs.ext4', '-q', '-F', '-b', `${BLOCK_BYTES}`, '-E', 'nodiscard', disk.#image);
      disk.#mount();
      return disk;
    } catch (cause) {
      disk.remove();
      throw cause;
    }
  }

  /** Makes the file system forget everything that was not synced, at once. Every later call on it fails with EIO. */
  cutPower(): void {
    run(this.#shutdown, this.path);
  }

  /** Unmounts, checks and mounts again, so that only what reached the device is there. Nothing may have a file open. */
  restart(): void {
    this.#errors += this.#errorsNow();
    run('umount', this.path);
    const { status, stdout } = spawnSync('fsck.ext4', ['-p', this.#image], { encoding: 'utf8' });
    if (status === null || status > 2) throw new Error(`fsck.ext4 ended with ${status}: ${stdout}`);
    this.#mount();
  }

  /** Fills the file system until a write finds no room. */
  fill(): void {
    writeUntilFull(join(this.path, 'balloon'));
  }

  free(): void {
    rmSync(join(this.path, 'balloon'), { force: true });
  }

  /** Fills what the device is made of, so that writes to blocks which it has not used yet fail with an I/O error. */
  failWrites(): void {
    writeUntilFull(join(this.#backing, 'balloon'));
  }

  recover(): void {
    rmSync(join(this.#backing, 'balloon'), { force: true });
  }

  /** How often the file system has said that its device failed. */
  get errors(): number {
    return this.#errors + this.#errorsNow();
  }

  #errorsNow(): number {
    const counts = ['warning_count', 'errors_count'].map((name) =>
      readFileSync(`/sys/fs/ext4/${this.#device}/${name}`, 'utf8'),
    );
    return sum(counts.map(Number));
  }

  #remove(): void {
    // Lazily: a process that was just killed may still hold a file.
    for (const path of [this.path, this.#backing]) {
      if (existsSync(path)) spawnSync('umount', ['--lazy', path]);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #mount(): void {
    run('mount', '-o', 'loop', this.#image, this.path);
    this.#device = basename(run('findmnt', '--noheadings', '--output', 'SOURCE', this.path));
    writeFileSync(`/sys/block/${this.#device}/queue/max_sectors_kb`, `${BLOCK_BYTES / 1024}`);
  }
}

function writeUntilFull(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let size = 4 * MIB; size >= 4096; ) {
      try {
        writeSync(file, Buffer.alloc(size, 1));
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
        size /= 4;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Returns what the program printed, without the last line end. */
function run(program: string, ...args: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw new Error(`${program} cannot be run here: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.trim().split('\n')[0]}`);
  return stdout.trim();
}
