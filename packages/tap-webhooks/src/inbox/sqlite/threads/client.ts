import { type Call, ThreadClient, threadUrl } from '@tap-webhooks/singer/worker';
import { InboxUnavailable, type Incarnation, type IntegrationRules } from '../../inbox.js';
import { ERRORS, type ThreadSettings } from './messages.js';

/** How long to wait before a thread is started again, in ms. A thread ends when a body needs more memory than it may have. */
const RESTART_MS = 1000;
/**
 * Limit of young objects in a thread, in MiB. Node ends a thread that reaches its heap limit, and gives it 16 MiB more to do so.
 * Young objects that move to the old heap all at once must fit into these, or V8 ends the whole process.
 */
const YOUNG_MIB = 16;

/** The methods that every thread of an inbox serves. */
interface Threaded {
  incarnations(): Incarnation[];
}

export interface StartedThread<M> {
  readonly thread: ThreadClient<M>;
  /** Keeps the rules with which a restarted thread begins. */
  remember(rules: readonly IntegrationRules[]): void;
}

/** Starts a thread, which opens the inbox. @throws ToolkitError as opening does. */
export async function startThread<M extends Threaded>(
  where: Pick<ThreadSettings, 'folder' | 'role'> & { readonly create?: boolean },
): Promise<StartedThread<M>> {
  /** Id of the inbox's first incarnation, which it keeps for ever. */
  let identity: string | undefined;
  let rules: readonly IntegrationRules[] = [];
  const thread = await ThreadClient.start<M>({
    url: threadUrl('./thread.js', import.meta.url),
    data: (): ThreadSettings => {
      // A thread that is started again must find the inbox that there was.
      return { ...where, create: identity === undefined && where.create === true, rules };
    },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    errors: ERRORS,
    ended: () => new InboxUnavailable('the thread of the inbox has ended'),
    restartMs: RESTART_MS,
    async prepare(call) {
      const [oldest] = await (call as unknown as Call<Threaded>)('incarnations', []);
      if (identity !== undefined && oldest?.id !== identity)
        throw new InboxUnavailable('another inbox was put in its place');
      identity = oldest?.id;
    },
  });
  return {
    thread,
    remember(next) {
      rules = next;
    },
  };
}
