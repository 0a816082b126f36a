export { loadTapConfig, type Mode, settings, type TapConfig } from './config.js';
export { type Bookmark, type Bookmarks, bookmarksOf, stateValue } from './consumers/bookmark.js';
export type {
  Delivery,
  Entry,
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
export type { Provider, ValueLocation } from './providers/provider.js';
