import { isIP } from 'node:net';
import { EXIT, nearest, shownPath, systemCode, systemFailure, ToolkitError } from '@tap-webhooks/singer';

// The error catalogue of this package: one function per failure, with a sentence that names the fix. No sentence holds a
// secret, a token, a webhook URL or a payload.

// Inbox

export function noInbox(path: string): ToolkitError {
  return new ToolkitError(
    'no_inbox',
    EXIT.config,
    `There is no inbox at ${path}: correct \`inbox_path\`, or create the inbox with \`tap-webhooks url create\`, \`receive\` or \`listen\`.`,
  );
}

export function notAnInbox(path: string): ToolkitError {
  return new ToolkitError(
    'not_an_inbox',
    EXIT.config,
    `${path} is not a tap-webhooks inbox. Set \`inbox_path\` to another folder.`,
  );
}

export function inboxNewer(path: string, format: number, known: number): ToolkitError {
  return new ToolkitError(
    'inbox_newer',
    EXIT.config,
    `The inbox at ${path} has format ${format}, and this program knows formats up to ${known}: install a newer tap-webhooks.`,
  );
}

export function inboxOlder(path: string, format: number): ToolkitError {
  return new ToolkitError(
    'inbox_older',
    EXIT.config,
    `The inbox at ${path} has the older format ${format}: start the receiver of this version (\`receive\` or \`listen\`) once, which updates it.`,
  );
}

/** @param why a sentence without its full stop. */
export function noWayBack(why: string): ToolkitError {
  return new ToolkitError(
    'no_way_back',
    EXIT.config,
    `The inbox cannot get the format of the previous version: ${why}.`,
  );
}

/** @param why with what to do about it, without a full stop. */
export function inboxUnusable(path: string, why: string): ToolkitError {
  return new ToolkitError('inbox_unusable', EXIT.inbox, `The inbox at ${path} cannot be used: ${why}.`);
}

/** @param point where it is mounted. @param name of the kind of file system. */
export function inboxOnNetwork(path: string, point: string, name: string): ToolkitError {
  return new ToolkitError(
    'inbox_on_network',
    EXIT.config,
    `The inbox at ${path} is on a network file system (${name} on ${point}), whose locks and syncs cannot be trusted: set \`inbox_path\` to a folder on a local disk.`,
  );
}

/** @param where the rest of a sentence about the inbox. */
export function inboxNotDurable(path: string, where: string): ToolkitError {
  return new ToolkitError(
    'inbox_not_durable',
    EXIT.config,
    `The inbox at ${path} is ${where}. Set \`inbox_path\` to a folder on a disk or a volume, or \`require_durable_inbox\` to false.`,
  );
}

export function inboxFileFailed(path: string): ToolkitError {
  return new ToolkitError(
    'inbox_file_failed',
    EXIT.inbox,
    `The disk failed to sync the inbox's file ${path}, or has damaged it, so nothing is written to it any more: the receiver (\`receive\` or \`listen\`) copies what can be read into a new file. Start it, or try again when its copy is done.`,
  );
}

export function inboxFileGone(path: string): ToolkitError {
  return new ToolkitError(
    'inbox_file_gone',
    EXIT.inbox,
    `The inbox's file ${path} is gone, though the file \`current\` beside it names it: put it back, or move the whole folder away to begin with a new inbox.`,
  );
}

/** @param how the rest of a sentence: how it is known that the file had a content. */
export function inboxEmptied(path: string, how: string): ToolkitError {
  return new ToolkitError(
    'inbox_emptied',
    EXIT.inbox,
    `The inbox's file ${path} is empty or gone, though ${how}: it has lost its events and its URLs. Put a backup in its place and use \`tap-webhooks inbox renew\`; or move the whole folder away to begin with a new inbox, which needs new URLs.`,
  );
}

export function currentUnreadable(path: string, cause: unknown): ToolkitError {
  return new ToolkitError(
    'current_unreadable',
    EXIT.inbox,
    `The file ${path}, which names the file of the inbox that counts, cannot be used (${reason(cause)}): put into it {"file":"<name>"}, with the inbox-<n>.sqlite of the highest number beside it.`,
    { cause },
  );
}

/** @param newest name of the newest copy of the inbox in the folder. */
export function currentGone(path: string, newest: string): ToolkitError {
  return new ToolkitError(
    'current_gone',
    EXIT.inbox,
    `The file ${path} is gone, which names the file of the inbox that counts, though there are copies to choose from: put it back, or put {"file":"${newest}"} into a new one.`,
  );
}

/** @param positions of events that were left out, when it was found by emitting. */
export function inboxDamaged(positions: readonly number[] = []): ToolkitError {
  const some = positions.slice(0, 5).join(', ');
  const which = positions.length > 5 ? `${some} and ${positions.length - 5} more` : some;
  return new ToolkitError(
    'inbox_damaged',
    EXIT.inbox,
    positions.length === 0
      ? 'The inbox is damaged: stop the receiver, then `tap-webhooks inbox rescue` copies what can be read into a new file.'
      : `The disk has damaged events of the inbox, which were left out; all others were emitted. Their positions: ${which}. See \`tap-webhooks inbox verify\`, then use \`tap-webhooks inbox rescue\`.`,
  );
}

/** @param path of the file that cannot be copied. */
export function inboxLost(path: string): ToolkitError {
  return new ToolkitError(
    'inbox_lost',
    EXIT.inbox,
    `The file of the inbox cannot be copied into ${path}: its table \`incarnations\` cannot be read, which says whose positions it holds. Put a backup of the inbox in its place.`,
  );
}

export function commandStopped(): ToolkitError {
  return new ToolkitError(
    'stopped',
    EXIT.inbox,
    'The command was stopped before it was done, and has changed nothing: run it again.',
  );
}

export function inboxLate(): ToolkitError {
  return new ToolkitError(
    'inbox_late',
    EXIT.inbox,
    'The tap was stopped, but the inbox did not answer within 9 s: check the disk that it is on. What was answered 200 is kept.',
  );
}

// Locks

/** @param what e.g. "The inbox at ./inbox". */
function locked(what: string, fix: string): ToolkitError {
  return new ToolkitError('locked', EXIT.locked, `${what} is in use by another process: ${fix}.`);
}

export function receiverRuns(path: string): ToolkitError {
  return locked(
    `The inbox at ${path}`,
    'a receiver writes it already; stop that receiver first. Only another `inbox_path` can have a second one',
  );
}

export function consumerRuns(consumer: string): ToolkitError {
  return locked(
    `The consumer ${consumer}`,
    'stop the pipe that reads under this name, or set another `consumer`',
  );
}

// State

/** The inbox is older than the state. @param why a sentence without its full stop. */
export function stateMisfit(why: string): ToolkitError {
  return misfit(
    `${why}, so an older copy of the inbox was put back. Stop the receiver, run \`tap-webhooks inbox renew\`, and start again: new events then get positions of a new incarnation`,
  );
}

export function inboxPutBack(): ToolkitError {
  return misfit(
    'an older copy of the inbox was put back while this pipe ran, or the inbox was renewed. Start the pipe again: it checks its state against the inbox then',
  );
}

export function stateOfOtherInbox(stream: string, inbox: string, own: string): ToolkitError {
  return misfit(
    `the bookmark of ${stream} is of the inbox ${inbox}, and this one is ${own}. Use the state and the inbox that belong together. When that inbox is gone, or a copy of this one from before its last \`inbox renew\` was put back, set \`accept_state_of_inbox\` to ${inbox} to start at the oldest kept event`,
  );
}

export function stateTooOld(stream: string, position: number): ToolkitError {
  return misfit(
    `events of ${stream} after its bookmark at ${position} have been deleted, since a later state was confirmed. Give --state the newest state, or no file to start at the oldest kept event`,
  );
}

export function stateUnknown(stream: string): ToolkitError {
  return misfit(
    `the bookmark of ${stream} is not one of tap-webhooks. Give --state the file that this tap's target wrote`,
  );
}

/** @param why sentences; the last one without its full stop. */
function misfit(why: string): ToolkitError {
  return new ToolkitError('state_misfit', EXIT.state, `The state does not fit the inbox: ${why}.`);
}

// Integrations and their URLs

export function unknownIntegration(name: string, known: readonly string[]): ToolkitError {
  const list = known.length > 0 ? `the config has ${known.join(', ')}` : 'the config has none';
  return new ToolkitError(
    'unknown_integration',
    EXIT.config,
    `There is no integration ${JSON.stringify(name)}: ${list}.${didYouMean(name, known)}`,
  );
}

/** @param why for "the schema …". */
export function schemaTooLarge(integration: string, why: string): ToolkitError {
  return new ToolkitError(
    'schema_too_large',
    EXIT.config,
    `The schema of ${integration}, with the columns that its events have added, ${why}: remove properties from its \`schema\`, or give the integration another \`name\`, which begins a new table.`,
  );
}

export function tooManyUrls(integration: string): ToolkitError {
  return new ToolkitError(
    'too_many_urls',
    EXIT.config,
    `${integration} already has two live URLs, which is the maximum: revoke one first with \`tap-webhooks url revoke ${integration} <id>\`.`,
  );
}

export function noSuchUrl(integration: string, id: number): ToolkitError {
  return new ToolkitError(
    'no_such_url',
    EXIT.config,
    `${integration} has no live URL with id ${id}: \`tap-webhooks url list ${integration}\` shows the ids.`,
  );
}

export function whichUrl(integration: string, live: number): ToolkitError {
  const sentence =
    live === 0
      ? `${integration} has no live URL to revoke.`
      : `${integration} has ${live} live URLs: give the id of the one to revoke, as \`tap-webhooks url list ${integration}\` shows it.`;
  return new ToolkitError('which_url', EXIT.config, sentence);
}

export function publicUrlMissing(): ToolkitError {
  return new ToolkitError(
    'public_url_missing',
    EXIT.config,
    'A webhook URL needs an address: set `public_url` to the one at which providers reach this receiver, such as https://hooks.example.com.',
  );
}

// Secrets

/**
 * Ends a sentence that begins with the integration. The secret itself is not shown.
 * @param form what it must look like.
 */
export function secretMalformed(form: string): ToolkitError {
  return new ToolkitError('secret_malformed', EXIT.config, `a secret has the wrong form: ${form}`);
}

// Server

export function cannotListen(host: string, port: number, code: string): ToolkitError {
  const fix =
    code === 'EADDRINUSE'
      ? 'another program uses that port, set another `port`'
      : 'set another `host` or `port`';
  // What is no address may be a secret or a URL.
  const where = isIP(host) !== 0 || host === 'localhost' ? `${host}:${port}` : `port ${port} of \`host\``;
  return new ToolkitError('cannot_listen', EXIT.config, `Cannot listen on ${where} (${code}): ${fix}.`);
}

// Consumers, state file, catalog

export function consumerNameInvalid(name: string): ToolkitError {
  return new ToolkitError(
    'consumer_name',
    EXIT.config,
    `${JSON.stringify(name)} cannot be the name of a consumer: use 1 to 63 characters of a-z, 0-9, _ and -.`,
  );
}

/** @param known the names that there are. */
export function consumerUnknown(name: string, known: readonly string[] = []): ToolkitError {
  return new ToolkitError(
    'unknown_consumer',
    EXIT.config,
    `There is no consumer ${name}: \`tap-webhooks consumers list\` shows all.${didYouMean(name, known)}`,
  );
}

export function consumerUnreadable(path: string, cause: unknown): ToolkitError {
  const refused = systemFailure(cause);
  if (refused !== undefined) return inboxUnusable(path, refused);
  return new ToolkitError(
    'consumer_unreadable',
    EXIT.config,
    `The file ${path}, which holds what a consumer has confirmed, cannot be read (${reason(cause)}): correct it, or remove it and start its pipe again with --state.`,
    { cause },
  );
}

export function stateUnreadable(path: string, cause?: unknown): ToolkitError {
  return new ToolkitError(
    'state_unreadable',
    EXIT.state,
    `${shownFile('state file', path)} cannot be used (${cause === undefined ? 'it holds no state' : reason(cause)}): give --state the file that holds the target's output, or remove the file to begin at the oldest kept event.`,
    { cause },
  );
}

export function catalogUnreadable(path: string, cause: unknown): ToolkitError {
  return new ToolkitError(
    'catalog_unreadable',
    EXIT.config,
    `${shownFile('catalog', path)} cannot be used (${reason(cause)}): give --catalog a file in the form that \`tap-webhooks --discover\` prints.`,
    { cause },
  );
}

/** @param names of integrations that the config no longer has. */
export function integrationsGone(names: readonly string[]): ToolkitError {
  return new ToolkitError(
    'integration_gone',
    EXIT.config,
    `The inbox still holds undelivered events of ${names.join(', ')}, which the config no longer has: put it back until \`tap-webhooks status\` shows nothing waiting.`,
  );
}

/** The path is shown only when it looks like one: it may be a secret. */
function shownFile(what: string, path: string): string {
  const shown = shownPath(path);
  return shown === undefined ? `The ${what} that was given` : `The ${what} ${shown}`;
}

/** Returns the code of a failed system call, or that the JSON has the wrong form. Never quotes the file. */
function reason(cause: unknown): string {
  return cause instanceof SyntaxError || cause instanceof TypeError
    ? 'it is not JSON of the expected form'
    : systemCode(cause);
}

function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}
