import { systemFailure, ToolkitError } from '@tap-webhooks/singer';
import { inboxUnusable } from '../../errors.js';
import { type Failure, failureOf } from './failure.js';

const REASONS: { readonly [F in Exclude<Failure, 'unusable'>]: string } = {
  busy: 'another program keeps it locked; end that program, then try again',
  room: 'there is no room for it on the disk; make room, then try again',
  untrusted:
    'the disk failed to read or write it; look for errors of the disk in the log of the system. `tap-webhooks inbox rescue` copies what can be read into a new file',
  damaged:
    'its content is damaged; `tap-webhooks inbox verify` tells what, and `tap-webhooks inbox rescue` copies what can be read into a new file',
};

/**
 * Returns the error for people of a failure of SQLite or the system, with exit code 7; anything else as it is.
 * @param path of the inbox, or of the file in it.
 */
export function inboxFailure(path: string, cause: unknown): unknown {
  if (cause instanceof ToolkitError) return cause;
  const failure = failureOf(cause);
  if (failure === undefined) {
    const refused = systemFailure(cause);
    return refused === undefined ? cause : inboxUnusable(path, refused);
  }
  const why =
    failure === 'unusable'
      ? `${(cause as Error).message}; check that this user may read and write the folder, and that its file system is not read-only`
      : REASONS[failure];
  return inboxUnusable(path, why);
}

/** Like `inboxFailure`, of a lock file. It has no content that could be damaged or rescued. */
export function lockFailure(path: string, cause: unknown): unknown {
  if (failureOf(cause) !== 'damaged') return inboxFailure(path, cause);
  return inboxUnusable(
    path,
    'a lock is empty, and this file is not; remove it while no program uses the inbox',
  );
}
