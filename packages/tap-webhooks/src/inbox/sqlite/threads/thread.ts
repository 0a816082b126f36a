// The thread that touches the disk, so that the event loop of the server never waits for it.
import { serveThread } from '@tap-webhooks/singer/serve-thread';
import { Recorder } from '../recorder.js';
import { followedQueries } from './followed-queries.js';
import { ERRORS, type ThreadSettings } from './messages.js';

serveThread<ThreadSettings>(
  (settings) =>
    settings.role === 'writer'
      ? new Recorder(settings)
      : followedQueries(settings.folder, settings.role === 'reader'),
  ERRORS,
);
