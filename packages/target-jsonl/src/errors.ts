import { EXIT, systemCode, ToolkitError } from '@tap-webhooks/singer';

/** The fix for each usual errno of a full or broken disk. */
const FIXES: { readonly [errno: string]: string } = {
  ENOSPC: 'the disk is full: free some space and start again',
  EDQUOT: 'the disk quota is used up: raise it or free some space and start again',
  EFBIG: 'the file has reached the file size limit: raise the limit or set rotate_bytes and start again',
  EIO: 'the disk reported a failure: check it (dmesg, SMART) before you start again',
  EROFS: 'the file system is read-only: mount it writable or choose another destination_path',
  EACCES: 'permission denied: let this user write there or choose another destination_path',
  EPERM: 'permission denied: let this user write there or choose another destination_path',
  ENOTDIR: 'a part of the path is a file, not a folder: choose another destination_path',
  EEXIST: 'there is a file where a folder is needed: move it or choose another destination_path',
  EISDIR: 'there is a folder where a file is needed: move it or choose another destination_path',
  ELOOP: 'there is a symbolic link where a file is needed, and it is not followed: remove it and start again',
  ENXIO: 'there is a pipe or a device where a file is needed: remove it and start again',
  EMFILE: 'too many open files: raise the limit (ulimit -n) and start again',
};

/** Rows could not be made durable, or the table's folder could not be repaired. No confirmed row is lost. */
export function tableUnwritable(stream: string, path: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  const code = systemCode(cause);
  const fix = FIXES[code] ?? `${(cause as Error).message}: correct that and start again`;
  return new ToolkitError(
    'table_unwritable',
    EXIT.destination,
    `Table ${stream} cannot be written (${code}, ${path}): ${fix}.`,
    { cause },
  );
}

/** A file that is needed to find out which rows are loaded is damaged, or cannot be read. */
export function fileUnreadable(path: string, cause: unknown): ToolkitError {
  return new ToolkitError(
    'file_unreadable',
    EXIT.destination,
    `The file ${path} cannot be read (${systemCode(cause)}), but it tells which rows are loaded: put a good copy back, or move it away, and all rows in its range up to its highest sequence count as loaded.`,
    { cause },
  );
}

/** A file of an earlier version is gone, and only it could tell whether a row that comes now is loaded. */
export function sequenceUnknown(path: string, manifest: string): ToolkitError {
  return new ToolkitError(
    'sequence_unknown',
    EXIT.destination,
    `Rows come at positions of the file ${path}, which is gone, and its entry in ${manifest} lacks the highest _sdc_sequence of its rows, which tells new rows from loaded ones: put the file back, or write that number as "sequence" into the file's range (null: all rows at its positions count as loaded).`,
  );
}

/** Another process has the table open. */
export function tableLocked(stream: string, path: string): ToolkitError {
  return new ToolkitError(
    'table_locked',
    EXIT.locked,
    `Another process is writing table ${stream} (${path}): stop that process, or give this one another destination_path.`,
  );
}

/** Two streams of one run would write the same file; names that differ only in case count as the same. */
export function namesClash(stream: string, other: string, path: string): ToolkitError {
  return new ToolkitError(
    'names_clash',
    EXIT.destination,
    `Streams ${other} and ${stream} would both write ${path}: rename one of them in the tap, or load them into different folders.`,
  );
}

/**
 * A marked and an unmarked stream would share a file. A row of another tap may have columns with the names of the identity columns
 * but another meaning: in a shared file it would count as a loaded row.
 */
export function marksClash(stream: string, other: string, path: string): ToolkitError {
  return new ToolkitError(
    'marks_clash',
    EXIT.destination,
    `Streams ${other} and ${stream} cannot share ${path}: only one of them is marked (x-sdc-identity). Load them in two runs, each with its own custom_name or destination_path.`,
  );
}

/** The manifest was not written by this program, or by a later version. */
export function manifestUnreadable(stream: string, path: string, reason: string): ToolkitError {
  return new ToolkitError(
    'manifest_unreadable',
    EXIT.destination,
    `The manifest of table ${stream} (${path}) ${reason}: put a good copy back, or move it away, and the table begins without history.`,
  );
}
