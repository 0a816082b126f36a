import type { OpenOptions, Roles } from './driver.js';
import type { IntegrationRules } from './inbox.js';
import type { Lost } from './sqlite/copy/lost-ranges.js';
import type { MovedOn } from './sqlite/copy/move-on.js';
import type { VerifyReport } from './sqlite/copy/verify.js';

export type { Lost };

/** Opens the inbox of the config. The only way in: nothing else knows which driver there is. @throws as drivers do. */
export async function openInbox<R extends keyof Roles>(
  config: { readonly inbox_path: string },
  role: R,
  options?: OpenOptions,
): Promise<Roles[R]> {
  const { sqliteDriver } = await import('./sqlite/index.js');
  return await sqliteDriver(config.inbox_path)[role](options);
}

/**
 * Gives the inbox the format of the previous version.
 * @returns the format.
 * @throws ToolkitError `locked`, exit 4; `no_way_back`, exit 1; `no_inbox`, `not_an_inbox` and so on.
 */
export async function downgradeInbox(config: { readonly inbox_path: string }): Promise<number> {
  const { downgrade } = await import('./sqlite/index.js');
  return await downgrade(config.inbox_path);
}

/**
 * Checks every row of the inbox, beside a receiver that writes it.
 * @throws ToolkitError `stopped`, exit 7, when `stop` aborts before it is done; or as opening does.
 */
export async function verifyInbox(
  config: { readonly inbox_path: string },
  stop: AbortSignal,
): Promise<VerifyReport> {
  const { verifyFile } = await import('./sqlite/index.js');
  return await verifyFile(config.inbox_path, stop);
}

/**
 * Copies what can be read of the inbox into a new file, which counts then. The old one is kept.
 * @throws ToolkitError `locked`, exit 4, while a receiver runs; `inbox_lost`, exit 7; `stopped`, exit 7, when `stop` aborts before it
 * is done: nothing has changed then; or as opening does.
 */
export async function rescueInbox(
  config: { readonly inbox_path: string },
  rules: readonly IntegrationRules[],
  stop: AbortSignal,
): Promise<MovedOn> {
  const { rescueFile } = await import('./sqlite/index.js');
  return await rescueFile(config.inbox_path, rules, stop);
}

/** Keys of a table, in a few words. */
export async function describeKeys(keys: Lost): Promise<string> {
  const { describeLost } = await import('./sqlite/copy/lost-ranges.js');
  return describeLost(keys);
}
