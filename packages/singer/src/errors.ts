import { constants } from 'node:os';

/** Exit codes of every program. */
export const EXIT = {
  done: 0,
  /** The config, or the command line. */
  config: 1,
  /** What was read breaks the Singer protocol. */
  input: 2,
  /** The destination refused, or could not be reached. */
  destination: 3,
  /** Another process holds what this one needs. */
  locked: 4,
  /** The state does not fit the inbox. */
  state: 5,
  /** The reader of our output is gone, or does not read. */
  pipe: 6,
  /** The inbox, or the file of the output, cannot be read or written. */
  inbox: 7,
  /** A defect of the program (EX_SOFTWARE of sysexits.h). */
  defect: 70,
} as const;

/**
 * A failure that a person can act on: `code` for programs, a sentence that names the fix for people, and the exit code
 * that it ends a process with. Everything else that is thrown is a defect, and ends the process with exit code 70.
 */
export class ToolkitError extends Error {
  override readonly name: string = 'ToolkitError';
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, exitCode: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}

// The catalogue of this package.

export function configInvalid(program: string, problems: readonly string[]): ToolkitError {
  const list = problems.map((problem) => `  - ${problem}`).join('\n');
  return new ToolkitError(
    'config_invalid',
    EXIT.config,
    `${program}: the config is not valid. Correct this:\n${list}`,
  );
}

/** @param file its path when it is there; undefined for a text that may be no path, but a config or a secret. */
export function configUnreadable(file: string | undefined, why: string): ToolkitError {
  const which = file === undefined ? 'A config file' : `The config file ${file}`;
  return new ToolkitError(
    'config_unreadable',
    EXIT.config,
    `${which} cannot be used: ${why}. Give --config the path of a JSON file, or ENV.`,
  );
}

/**
 * Returns a path that ends like a file's name, such as `conf/tap.json`; undefined for any other text, which may be a secret, or
 * a config with secrets, that was given where a path belongs: it must not be shown.
 */
export function shownPath(path: string): string | undefined {
  return /^[\w./~ -]{1,200}\.[A-Za-z][A-Za-z0-9]{0,7}$/.test(path) ? path : undefined;
}

export function usage(message: string): ToolkitError {
  return new ToolkitError('usage', EXIT.config, `${message} See --help.`);
}

export function notSinger(line: number, why: string): ToolkitError {
  return new ToolkitError('not_singer', EXIT.input, `Line ${line} is not a Singer message: ${why}.`);
}

export function schemaUnusable(why: string): ToolkitError {
  return new ToolkitError('schema_unusable', EXIT.input, `A JSON Schema cannot be used: ${why}.`);
}

export function pipeClosed(): ToolkitError {
  return new ToolkitError(
    'pipe_closed',
    EXIT.pipe,
    'The program that reads this output has ended. Start the pipe again; no data is lost.',
  );
}

export function outputUnread(): ToolkitError {
  return new ToolkitError(
    'output_unread',
    EXIT.pipe,
    'The program was stopped, but the reader of its output did not read the rest within 8 s. Find out why that hangs, then start the pipe again; no data is lost.',
  );
}

/** @param cause a failed system call. */
export function outputUnwritable(cause: unknown): ToolkitError {
  const why = systemFailure(cause) ?? systemCode(cause);
  return new ToolkitError(
    'output_unwritable',
    EXIT.inbox,
    `The file that standard output goes to cannot be written: ${why}. Then start again; no data is lost.`,
  );
}

/** Returns whether the output failed: nobody reads it, or its file cannot be written. */
export function isOfOutput(error: unknown): boolean {
  const codes = ['pipe_closed', 'output_unread', 'output_unwritable'];
  return error instanceof ToolkitError && codes.includes(error.code);
}

export function stoppedLate(): ToolkitError {
  return new ToolkitError(
    'stopped_late',
    EXIT.defect,
    'The program was stopped, but did not finish within 9 s.',
  );
}

/** What a person can do when the system refuses a call, by the code of the failure. */
const SYSTEM_FAILURES: { readonly [code: string]: string } = {
  ENOSPC: 'there is no room on the disk (ENOSPC): make room',
  EDQUOT: 'the quota of the disk is used up (EDQUOT): make room, or raise the quota',
  EFBIG: 'a file would become larger than this process may write (EFBIG): raise its limit (`ulimit -f`)',
  EIO: 'the disk failed to read or write (EIO): look for its errors in the log of the system',
  EROFS: 'the file system is read-only (EROFS): mount it for writing',
  EACCES: 'this user may not do that there (EACCES): check the rights of the folder and its files',
  EPERM: 'this user may not do that there (EPERM): check the rights of the folder and its files',
  EMFILE: 'this process has too many files open (EMFILE): raise its limit (`ulimit -n`)',
  ENFILE: 'the machine has too many files open (ENFILE): end other programs, or raise its limit',
  ENOENT: 'a folder or file that is needed is gone, or a link points to nothing (ENOENT): check the paths',
  ENOTDIR: 'there is a file in the place of a folder (ENOTDIR): check the path, or move the file away',
  EEXIST: 'there is something else in the place of a folder or file (EEXIST): move it away',
  EISDIR: 'there is a folder in the place of a file (EISDIR): move it away',
  ELOOP: 'links point to one another (ELOOP): check the path',
  ENAMETOOLONG: 'a path is too long for the file system (ENAMETOOLONG): shorten it',
};

/** Returns why the system refused a call and what to do, without a full stop; undefined for any other failure. */
export function systemFailure(cause: unknown): string | undefined {
  return SYSTEM_FAILURES[systemCode(cause)];
}

/** @param why from `systemFailure`. @param exitCode the program's own for such failures. */
export function systemRefused(why: string, exitCode: number): ToolkitError {
  return new ToolkitError('system_refused', exitCode, `The program cannot go on: ${why}.`);
}

/** The code of a failed system call (`ENOSPC`, …). Unlike the message it contains no path and no data. */
export function systemCode(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? (namedCode(code) ?? code) : 'an unknown reason';
}

/** Returns the name for a number that Node has no name for among its codes, such as EDQUOT; undefined for any other code. */
function namedCode(code: string): string | undefined {
  const number = Number(/^Unknown system error -(\d+)$/.exec(code)?.[1]);
  return Object.entries(constants.errno).find(([, one]) => one === number)?.[0];
}
