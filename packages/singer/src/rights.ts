import { closeSync, constants, lstatSync, openSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Rights of a folder and of the files in it. */
export interface Rights {
  readonly folder: number;
  readonly file: number;
}

/** Only the user that runs the program may read what holds payloads, and nobody else may hold a lock. */
export const OWNER_ONLY: Rights = { folder: 0o700, file: 0o600 };

/** Windows has neither. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as { O_NOFOLLOW?: number; O_NONBLOCK?: number };

/**
 * Flags for a file of ours, to be joined with others: a symbolic link that somebody put in its place is not followed (ELOOP),
 * and a pipe does not make the program wait (ENXIO).
 */
export const NOT_PLANTED = O_NOFOLLOW | O_NONBLOCK;

const FLAGS = {
  r: constants.O_RDONLY,
  'r+': constants.O_RDWR,
  w: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  a: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
} as const;

export type OpenFlags = keyof typeof FLAGS;

/** Opens a file of ours, which gets its rights when it is created. @throws ELOOP for a link, ENXIO for a pipe or a device. */
export async function openOwn(path: string, flags: OpenFlags, mode = OWNER_ONLY.file): Promise<FileHandle> {
  const handle = await open(path, FLAGS[flags] | NOT_PLANTED, mode);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw Object.assign(new Error('there is no regular file'), { code: 'ENXIO' });
}

/** Like `openOwn`, and blocks the thread. Returns a descriptor. */
export function openOwnSync(path: string, flags: OpenFlags, mode = OWNER_ONLY.file): number {
  return openSync(path, FLAGS[flags] | NOT_PLANTED, mode);
}

/** Creates an empty file that only its owner may use. An existing file stays as it is. @throws ELOOP for a link. */
export function createOwn(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink())
    throw Object.assign(new Error(`${path} is a symbolic link`), { code: 'ELOOP' });
  if (there) return;
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY.file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause; // another process was quicker
  }
}

/** Returns those of the paths that other users have more rights to than these. What is not there is left out. */
export function widerThan(rights: Rights, paths: readonly string[]): string[] {
  if (process.platform === 'win32') return []; // file modes mean nothing there
  return paths.filter((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat && (stat.mode & 0o077 & ~(stat.isDirectory() ? rights.folder : rights.file)) !== 0;
  });
}
