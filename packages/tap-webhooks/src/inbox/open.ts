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
