import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './temp.js';

const source = fileURLToPath(new URL('./failing-calls.c', import.meta.url));

/** The compiled library, kept for later runs. Undefined on a machine without `cc`, or that is not Linux. */
const library = compile();

function compile(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const version = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const built = join(tmpdir(), `failing-calls-${process.getuid?.()}-${version}.so`);
  if (existsSync(built)) return built;
  const unfinished = `${built}.${process.pid}`; // several workers may compile it at once
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', unfinished, source, '-ldl'], { stdio: 'ignore' });
    renameSync(unfinished, built);
  } catch {
    return undefined;
  }
  return built;
}

/** True where system calls can be made to fail: on Linux with a C compiler. Tests that need it are skipped elsewhere. */
export const canFailCalls = library !== undefined;

/** Numbers of Linux. */
export const ERRNO = { EIO: 5, ENOSPC: 28, EROFS: 30, EDQUOT: 122 } as const;

/** System calls of other processes that fail while they are asked to. */
export class FailingCalls {
  readonly #control = join(tempFolder(), 'faults');

  constructor() {
    this.stop();
  }

  /** Environment of a process whose calls can be made to fail. */
  get env(): { readonly [name: string]: string } {
    return { LD_PRELOAD: library ?? '', FAULTS: this.#control };
  }

  /** From now on the calls fail. @param faults lines `<fsync|write|read> <end of the path> <errno>`. */
  fail(...faults: readonly string[]): void {
    writeFileSync(this.#control, faults.map((fault) => `${fault}\n`).join(''));
  }

  stop(): void {
    this.fail();
  }
}
