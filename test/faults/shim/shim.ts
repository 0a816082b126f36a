import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Role } from '../program.js';

const SOURCE = fileURLToPath(new URL('../../../faults/shim/shim.c', import.meta.url));

/** Errors that the library can make, in the order of its `enum error`. */
export const ERRORS = [
  'sync EIO',
  'write ENOSPC',
  'write short',
  'rename EIO',
  'truncate EIO',
  'write EIO',
] as const;
export type InjectedError = (typeof ERRORS)[number];

/** Offsets in `struct control` of shim.c, in bytes. */
const CHANCES = 8;
const MADE = 40;
const SEED = 72;
const PATH_PART = 80;
const PATH_BYTES = 128;
const SIZE = PATH_PART + PATH_BYTES;
/** A chance of the library is a part of this. */
const CERTAIN = 10_000;

/** A library that makes system calls fail and shifts the clock in the programs of a pipe, also while they run. */
export class Shim {
  readonly #library: string;
  readonly #controls: ReadonlyMap<Role, { readonly path: string; readonly file: number }>;

  /** @throws Error with the reason why this machine cannot use it. */
  constructor(folder: string, seed: number) {
    if (process.platform !== 'linux') throw new Error('LD_PRELOAD is tried on Linux only');
    this.#library = join(folder, 'shim.so');
    compile(this.#library);
    const roles: readonly Role[] = ['receiver', 'tap', 'target'];
    this.#controls = new Map(
      roles.map((role, index) => {
        const path = join(folder, `${role}.control`);
        const file = openSync(path, 'w+');
        const control = Buffer.alloc(SIZE);
        control.writeUInt32LE((seed * 31 + index) >>> 0, SEED);
        writeSync(file, control, 0, SIZE, 0);
        return [role, { path, file }];
      }),
    );
  }

  environment(role: Role): NodeJS.ProcessEnv {
    return { LD_PRELOAD: this.#library, FAULTS_CONTROL: this.#controls.get(role)?.path };
  }

  /**
   * Makes calls of a program fail from now on.
   * @param chance from 0 to 1.
   * @param pathPart only calls on files whose path has this text.
   */
  fail(role: Role, error: InjectedError, chance: number, pathPart: string): void {
    const part = Buffer.alloc(PATH_BYTES);
    part.write(pathPart.slice(-(PATH_BYTES - 1)), 'utf8');
    this.#write(role, part, PATH_PART);
    this.#write(role, uint32(Math.round(chance * CERTAIN)), CHANCES + 4 * ERRORS.indexOf(error));
  }

  /** Ends all errors. Clocks stay as they are. */
  heal(): void {
    for (const role of this.#controls.keys()) this.#write(role, Buffer.alloc(4 * ERRORS.length), CHANCES);
  }

  /** Sets the clocks of all programs so many ms ahead of the machine's. */
  shiftClocks(ms: number): void {
    const shift = Buffer.alloc(8);
    shift.writeBigInt64LE(BigInt(ms));
    for (const role of this.#controls.keys()) this.#write(role, shift, 0);
  }

  /** Returns how many errors of each kind were made so far, in all programs. */
  made(): Map<InjectedError, number> {
    const sums = new Map<InjectedError, number>(ERRORS.map((error) => [error, 0]));
    const counts = Buffer.alloc(4 * ERRORS.length);
    for (const { file } of this.#controls.values()) {
      readSync(file, counts, 0, counts.length, MADE);
      for (const [index, error] of ERRORS.entries())
        sums.set(error, (sums.get(error) ?? 0) + counts.readUInt32LE(4 * index));
    }
    return sums;
  }

  close(): void {
    for (const { file } of this.#controls.values()) closeSync(file);
  }

  #write(role: Role, bytes: Buffer, offset: number): void {
    const control = this.#controls.get(role);
    if (control) writeSync(control.file, bytes, 0, bytes.length, offset);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function compile(library: string): void {
  const args = ['-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl'];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error) throw new Error(`there is no C compiler (cc): ${error.message}`);
  if (status !== 0) throw new Error(`cc ended with ${status}: ${stderr.trim().split('\n')[0]}`);
}
