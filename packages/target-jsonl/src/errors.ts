import { EXIT, systemCode, ToolkitError } from '@tap-webhooks/singer';

/** What to do about the usual errno of a full or broken disk. */
const FIXES: { readonly [errno: string]: string } = {
  ENOSPC: 'the disk is full: free some space and start again',
  EDQUOT: 'the disk quota is used up: raise it or free some space and start again',
  EFBIG:
    'the file may not grow further (file size limit): raise the limit or set rotate_bytes and start again',
  EIO: 'the disk reported a failure: check it (dmesg, SMART) before you start again',
  EROFS: 'the file system is read-only: mount it writable or choose another destination_path',
  EACCES: 'permission denied: let this user write there or choose another destination_path',
  EPERM: 'permission denied: let this user write there or choose another destination_path',
  ENOTDIR: 'a part of the path is a file, not a folder: choose another destination_path',
  EEXIST: 'a file stands where a folder is needed: move it or choose another destination_path',
  EISDIR: 'a folder stands where a file is needed: move it or choose another destination_path',
  EMFILE: 'too many open files: raise the limit (ulimit -n) and start again',
};

/** Rows could not be made durable, or the table's folder could not be put in order. Nothing that was confirmed is lost. */
export function tableUnwritable(stream: string, path: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  const { code = 'unknown', message } = cause as NodeJS.ErrnoException;
  const fix = FIXES[code] ?? `${message}: put that right and start again`;
  return new ToolkitError(
    'table_unwritable',
    EXIT.destination,
    `Table ${stream} cannot be written (${code}, ${path}): ${fix}.`,
    { cause },
  );
}

/** A file that tells which rows are loaded already is damaged, or may not be read. */
export function fileUnreadable(path: string, cause: unknown): ToolkitError {
  return new ToolkitError(
    'file_unreadable',
    EXIT.destination,
    `The file ${path} is needed to tell which rows are loaded, and cannot be read (${systemCode(cause)}): put a good copy back, or move it away and all its rows count as loaded.`,
    { cause },
  );
}

/** Another process has the table open. */
export function tableLocked(stream: string, path: string): ToolkitError {
  return new ToolkitError(
    'table_locked',
    EXIT.locked,
    `Table ${stream} is being written by another process (${path}): stop that one first, or give this one another destination_path.`,
  );
}

/** Two streams of one run would write the same file (names that differ in case only count as the same). */
export function namesClash(stream: string, other: string, path: string): ToolkitError {
  return new ToolkitError(
    'names_clash',
    EXIT.destination,
    `Streams ${other} and ${stream} would both write ${path}: rename one of them in the tap, or load them into different folders.`,
  );
}

/**
 * A row of another tap may hold columns of the names that mark a row, with a meaning of their own: in a shared file it would
 * pass for a row that is loaded.
 */
export function marksClash(stream: string, other: string, path: string): ToolkitError {
  return new ToolkitError(
    'marks_clash',
    EXIT.destination,
    `Streams ${other} and ${stream} cannot share ${path}: the rows of one are marked (x-sdc-identity) and loaded once, those of the other are not. Load them in two runs with a custom_name or destination_path each.`,
  );
}

/** The manifest is not what this program writes. */
export function manifestUnreadable(stream: string, path: string, reason: string): ToolkitError {
  return new ToolkitError(
    'manifest_unreadable',
    EXIT.destination,
    `The manifest of table ${stream} (${path}) ${reason}: put a good copy back, or move it away and the table begins anew.`,
  );
}
