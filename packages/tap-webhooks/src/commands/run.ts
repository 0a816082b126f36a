import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_ONLY, ToolkitError, widerThan } from '@tap-webhooks/singer';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { readTapConfig, type TapConfig } from '../config.js';
import type { InboxReader } from '../inbox/inbox.js';
import { openInbox } from '../inbox/open.js';
import { type Integration, resolveIntegrations, securityWarnings, withoutSecrets } from '../integrations.js';
import type { Mode } from '../modes.js';
import type { PipeFiles } from './pipe.js';

export interface RunArgs extends CommonArgs {
  readonly mode?: Mode;
  readonly state?: string;
  readonly catalog?: string;
  readonly discover?: boolean;
  /** Value of `--test`; empty when the option has none. */
  readonly test?: string;
}

/** Runs a mode. Each mode loads only what it needs: a drain loads no server. */
export async function run(args: RunArgs, context: Context): Promise<void> {
  const config = readTapConfig(args, context);
  if (args.discover || args.test !== undefined) return await describe(args, config, context);
  await runMode(args.mode ?? config.mode, config, args, context);
}

async function runMode(mode: Mode, config: TapConfig, args: RunArgs, context: Context): Promise<void> {
  if (context.stop.aborted) return; // told to stop while it was loading
  const files: PipeFiles = { state: args.state, catalog: args.catalog };
  if (mode === 'follow' || mode === 'drain') {
    const configured = resolveIntegrations(withoutSecrets(config), context.env).map(
      ({ rules }) => rules.stream,
    );
    if (mode === 'follow') await (await import('./follow.js')).follow(config, configured, files, context);
    else await (await import('./drain.js')).drain(config, configured, files, context);
    return;
  }
  const integrations = resolveForServing(config, args.config, context);
  if (mode === 'receive') await (await import('./receive.js')).receive(config, integrations, context);
  else await (await import('./listen.js')).listen(config, integrations, files, context);
}

/** Returns the integrations with their secrets, and logs what a person should know about how safe they are. */
function resolveForServing(
  config: TapConfig,
  sources: readonly string[],
  { env, log }: Pick<Context, 'env' | 'log'>,
): Integration[] {
  const integrations = resolveIntegrations(config, env);
  const paths = sources.filter((source) => source !== 'ENV');
  for (const warning of securityWarnings(config, integrations, paths)) log.warn(warning);
  for (const path of widerThan(OWNER_ONLY, inboxPaths(config.inbox_path)))
    log.warn(`Other users have rights to ${path}: take them away with chmod go= ${path}`);
  return integrations;
}

/** The inbox and what is in it: files with payloads, and locks. What is not there yet gets its rights when it is created. */
function inboxPaths(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []; // opening says what is wrong
  return [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ];
}

/** Runs `--discover` or `--test`, from the inbox when there is one, else from the config. */
async function describe(args: RunArgs, config: TapConfig, { out, env }: Context): Promise<void> {
  const rules = resolveIntegrations(withoutSecrets(config), env).map((integration) => integration.rules);
  const reader = await openIfThere(config);
  if (args.discover) await (await import('./discover.js')).discover(rules, config.emit_key, reader, out);
  else {
    const what = args.test === 'schema' ? 'schema' : 'all';
    await (await import('./sample.js')).sample(what, rules, config.emit_key, reader, out);
  }
  await reader?.close();
}

async function openIfThere(config: TapConfig): Promise<InboxReader | undefined> {
  try {
    return await openInbox(config, 'reader');
  } catch (cause) {
    if (cause instanceof ToolkitError && cause.code === 'no_inbox') return undefined;
    throw cause;
  }
}
