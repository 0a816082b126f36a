import type { OpenOptions, Roles } from './driver.js';

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
