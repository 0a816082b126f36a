import { type Call, type MethodName, ThreadClient, threadUrl } from '@tap-webhooks/singer/worker';
import { InboxUnavailable, type Incarnation, type IntegrationRules } from '../inbox.js';
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
      const isFirst = identity === undefined;
      return { ...where, isFirst, create: isFirst && where.create === true, rules };
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

/** The methods of `M`, each of which calls another place. */
export type Remote<M> = {
  readonly [K in MethodName<M>]: M[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<R>
    : never;
};

/**
 * Returns an object with the methods of `M`, which are run elsewhere: in a thread, or on a handle that is opened first. So they
 * are written once, in the class that does the work.
 * @param type the class that does the work, or one that it extends.
 * @param call runs one method there.
 */
export function remote<M extends object>(type: { readonly prototype: M }, call: Call<M>): Remote<M> {
  const methods = new Set<string>();
  for (let at: object = type.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) methods.add(name);
  methods.delete('constructor');
  methods.delete('close');
  const callAny = call as unknown as (method: string, args: readonly unknown[]) => Promise<unknown>;
  const calls = [...methods].map((name) => [name, (...args: unknown[]) => callAny(name, args)]);
  return Object.fromEntries(calls) as Remote<M>;
}
