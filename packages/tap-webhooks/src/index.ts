export { loadTapConfig, type Mode, settings, type TapConfig } from './config.js';
export { type Bookmarks, bookmarksOf, stateValue } from './consumers/bookmark.js';
export type { Bookmark, Consumer, ConsumerLease, Consumers } from './inbox/consumer.js';
export type { InboxDriver, OpenOptions, Roles } from './inbox/driver.js';
export type {
  Delivery,
  Entry,
  InboxAdmin,
  InboxReader,
  InboxWriter,
  IntegrationRules,
  StreamSchema,
  StreamStatus,
  TokenRecord,
  TokenStore,
  TrimRequest,
  Verdict,
} from './inbox/inbox.js';
export { openInbox } from './inbox/open.js';
export type { LatestBy, Place, Provider } from './providers/provider.js';
