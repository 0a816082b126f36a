import { EXIT, systemCode, ToolkitError } from '@tap-webhooks/singer';

// The catalogue of this package: one function a failure, one sentence that names the fix. Secrets, tokens, webhook URLs
// and payloads never stand in one.

// Inbox

export function noInbox(path: string): ToolkitError {
  return new ToolkitError(
    'no_inbox',
    EXIT.config,
    `There is no inbox at ${path}: correct \`inbox_path\`, or make one with \`tap-webhooks url create\`, \`receive\` or \`listen\`.`,
  );
}

export function notAnInbox(path: string): ToolkitError {
  return new ToolkitError(
    'not_an_inbox',
    EXIT.config,
    `What is at ${path} is not an inbox of tap-webhooks: point \`inbox_path\` elsewhere.`,
  );
}

export function inboxNewer(path: string, format: number, known: number): ToolkitError {
  return new ToolkitError(
    'inbox_newer',
    EXIT.config,
    `The inbox at ${path} has format ${format}, this program knows formats up to ${known}: install a newer tap-webhooks.`,
  );
}

export function inboxOlder(path: string, format: number): ToolkitError {
  return new ToolkitError(
    'inbox_older',
    EXIT.config,
    `The inbox at ${path} has format ${format}, which is older than this program's: start the receiver (\`receive\` or \`listen\`) of this version, it brings the inbox up to date.`,
  );
}

export function inboxUnusable(path: string, why: string): ToolkitError {
  return new ToolkitError(
    'inbox_unusable',
    EXIT.config,
    `The inbox at ${path} cannot be opened (${why}): check that this user may read and write that folder.`,
  );
}

// Locks

/** @param what e.g. "The inbox at ./inbox". */
export function locked(what: string, fix: string): ToolkitError {
  return new ToolkitError('locked', EXIT.locked, `${what} is in use by another process: ${fix}.`);
}

export function receiverRuns(path: string): ToolkitError {
  return locked(
    `The inbox at ${path}`,
    'a receiver writes it already; stop that one, or give this one another `inbox_path`',
  );
}

export function consumerRuns(consumer: string): ToolkitError {
  return locked(
    `The consumer ${consumer}`,
    'end the pipe that reads under this name, or name another `consumer`',
  );
}

// State

/** @param why a sentence without its full stop; @param fix what to do, the same. */
export function stateMisfit(why: string, fix: string): ToolkitError {
  return new ToolkitError('state_misfit', EXIT.state, `The state does not fit the inbox: ${why}. ${fix}.`);
}

// Integrations and their URLs

export function unknownIntegration(name: string, known: readonly string[]): ToolkitError {
  const list = known.length > 0 ? `the config has ${known.join(', ')}` : 'the config has none';
  return new ToolkitError(
    'unknown_integration',
    EXIT.config,
    `There is no integration ${JSON.stringify(name)}: ${list}.`,
  );
}

export function tooManyUrls(integration: string): ToolkitError {
  return new ToolkitError(
    'too_many_urls',
    EXIT.config,
    `${integration} has two live URLs, the most there can be: revoke one with \`tap-webhooks url revoke ${integration} <id>\` first.`,
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
      : `${integration} has ${live} live URLs: name the one to revoke by its id, shown by \`tap-webhooks url list ${integration}\`.`;
  return new ToolkitError('which_url', EXIT.config, sentence);
}

export function publicUrlMissing(): ToolkitError {
  return new ToolkitError(
    'public_url_missing',
    EXIT.config,
    'A webhook URL needs an address: set `public_url` to the one under which providers reach this receiver, such as https://hooks.example.com.',
  );
}

// Secrets

/** @param form what a secret has to look like; the secret itself is not shown. */
export function secretMalformed(form: string): ToolkitError {
  return new ToolkitError('secret_malformed', EXIT.config, `a secret has the wrong form: ${form}`);
}

// Server

export function cannotListen(host: string, port: number, code: string): ToolkitError {
  const fix =
    code === 'EADDRINUSE'
      ? 'another program has that port, set another `port`'
      : 'set another `host` or `port`';
  return new ToolkitError(
    'cannot_listen',
    EXIT.config,
    `Cannot listen on ${host}:${port} (${code}): ${fix}.`,
  );
}

// Consumers, state file, catalog

export function consumerNameInvalid(name: string): ToolkitError {
  return new ToolkitError(
    'consumer_name',
    EXIT.config,
    `${JSON.stringify(name)} cannot name a consumer: use 1 to 63 of a-z, 0-9, _ and -.`,
  );
}

export function consumerUnknown(name: string): ToolkitError {
  return new ToolkitError(
    'unknown_consumer',
    EXIT.config,
    `There is no consumer ${name}: \`tap-webhooks consumers list\` shows which there are.`,
  );
}

export function consumerUnreadable(path: string, cause: unknown): ToolkitError {
  return new ToolkitError(
    'consumer_unreadable',
    EXIT.config,
    `What a consumer has confirmed cannot be read from ${path} (${reason(cause)}): correct it, or remove the file and start its pipe again with --state.`,
    { cause },
  );
}

export function stateUnreadable(path: string, cause?: unknown): ToolkitError {
  return new ToolkitError(
    'state_unreadable',
    EXIT.state,
    `The state file ${path} cannot be used (${cause === undefined ? 'it holds no state' : reason(cause)}): give --state the file that the target's output is kept in, or remove it to begin at the oldest kept event.`,
    { cause },
  );
}

export function catalogUnreadable(path: string, cause: unknown): ToolkitError {
  return new ToolkitError(
    'catalog_unreadable',
    EXIT.config,
    `The catalog ${path} cannot be used (${reason(cause)}): give --catalog a file as \`tap-webhooks --discover\` prints it.`,
    { cause },
  );
}

/** @param names of integrations that the config no longer has. */
export function integrationsGone(names: readonly string[]): ToolkitError {
  return new ToolkitError(
    'integration_gone',
    EXIT.config,
    `Events of ${names.join(', ')} wait in the inbox, but the config does not name it any more: put it back until \`tap-webhooks status\` shows nothing waiting.`,
  );
}

/** A system call's code, or that it is no JSON of the right form; never what stands in the file. */
function reason(cause: unknown): string {
  return cause instanceof SyntaxError || cause instanceof TypeError
    ? 'it is not JSON of the right form'
    : systemCode(cause);
}
