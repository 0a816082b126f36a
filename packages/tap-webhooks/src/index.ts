export { loadTapConfig, settings, type TapConfig } from './config.js';
export type { OpenOptions, Roles } from './inbox/driver.js';
export type { InboxAdmin, InboxReader, InboxWriter } from './inbox/inbox.js';
export { openInbox } from './inbox/open.js';
export { type RunningReceiver, startReceiver } from './receiver.js';
