import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ResourceLimits, type Transferable, Worker } from 'node:worker_threads';
import { runningThreads } from './hanging.js';
import type { Transfer } from './serve-thread.js';
import { type Answer, type ErrorClasses, OPENED, type Request, unpackFailure } from './thread-messages.js';
import { pause } from './wait.js';

export type { ErrorClasses };

/**
 * Calls between a thread and the worker thread it started. The worker serves the methods of an object (`serveThread`); the
 * caller has a `ThreadClient` of that object's type, so an unknown method or a wrong argument does not compile. Arguments
 * and results are cloned, or change hands when they are listed for transfer.
 */

/** Names of the methods of `M` that can be called; `close` is called by the client's own `close`. */
export type MethodName<M> = Exclude<
  { [K in keyof M]: M[K] extends (...args: never[]) => unknown ? K : never }[keyof M] & string,
  'close'
>;

type Arguments<M, K extends keyof M> = M[K] extends (...args: infer A) => unknown ? Readonly<A> : never;
type Result<M, K extends keyof M> = M[K] extends (...args: never[]) => infer R ? Arrived<Awaited<R>> : never;
type Arrived<R> = R extends Transfer<infer T> ? T : R;

/** Calls a method of the thread. */
export type Call<M> = <K extends MethodName<M>>(
  method: K,
  args: Arguments<M, K>,
  transfer?: readonly Transferable[],
) => Promise<Result<M, K>>;

export interface ThreadOptions {
  /** URL of the module that calls `serveThread`; see `threadUrl`. */
  readonly url: URL;
  /** Returns what the module's `open` gets. Called at each start. */
  readonly data?: () => unknown;
  readonly resourceLimits?: ResourceLimits;
  /** Errors that keep their class, in addition to `ToolkitError`, which always does. */
  readonly errors?: ErrorClasses;
  /**
   * Returns the error of calls that no thread will answer, because it ended or there is none.
   * @param cause why the thread ended, when it said so.
   */
  readonly ended?: (cause?: Error) => Error;
}

/** Options of a client that keeps a thread running. */
export interface KeptThreadOptions<M> extends ThreadOptions {
  /** How long to wait before each attempt to replace a thread that ended by itself, in ms. */
  readonly restartMs: number;
  /** Called with each new thread before anybody else can use it. When it rejects, the thread is ended again. */
  readonly prepare?: (call: Call<M>) => Promise<void>;
}

/**
 * Returns the URL of a worker thread's module. Tests run sources as they are, but a worker thread needs compiled code: a module
 * that does not exist as `…/src/x.js` is taken from `…/dist/x.js`.
 * @param path from the calling module, with the ending `.js`.
 * @param base `import.meta.url` of the calling module.
 */
export function threadUrl(path: string, base: string): URL {
  const url = new URL(path, base);
  const at = url.href.lastIndexOf('/src/');
  if (at < 0 || existsSync(fileURLToPath(url))) return url;
  return new URL(`${url.href.slice(0, at)}/dist/${url.href.slice(at + '/src/'.length)}`);
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One worker thread, from its start to its end. */
class Thread<M> {
  /** Resolves when the worker has opened what it serves. */
  readonly opened: Promise<void>;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  /** True when no call is answered any more. */
  isOver = false;
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = OPENED;
  #cause: Error | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(options.url, {
      workerData: options.data?.(),
      ...(options.resourceLimits ? { resourceLimits: options.resourceLimits } : {}),
    });
    this.opened = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(OPENED, { resolve, reject });
    }) as Promise<void>;
    runningThreads.add(this.#worker);
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        runningThreads.delete(this.#worker);
        this.#end();
        resolve();
      });
    });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('messageerror', (cause) => this.#fail(cause));
    this.#worker.on('error', (cause) => {
      this.#cause ??= cause as Error; // it exits then
    });
  }

  readonly call: Call<M> = (method, args, transfer) => this.#post(method, args, transfer) as Promise<never>;

  /** Lets the thread answer earlier calls, then close what it serves, and end. */
  async close(): Promise<void> {
    await this.#post(undefined, []).catch(() => {}); // it may already have ended by itself
    await this.ended;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.ended;
  }

  #post(
    method: string | undefined,
    args: readonly unknown[],
    transfer: readonly Transferable[] = [],
  ): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      const request: Request = { id, method, args };
      this.#worker.postMessage(request, transfer);
      this.#pending.set(id, { resolve, reject });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (!('failure' in answer)) {
      waiting?.resolve(answer.result);
      return;
    }
    const error = unpackFailure(answer.failure, this.#options.errors);
    waiting?.reject(error);
    if (answer.id === OPENED) this.#fail(error);
  }

  #fail(cause: Error): void {
    this.#cause ??= cause;
    void this.#worker.terminate();
  }

  #end(): void {
    this.isOver = true;
    const cause = this.#cause;
    this.#pending.get(OPENED)?.reject(cause ?? endedError(this.#options));
    this.#pending.delete(OPENED);
    const error = this.#pending.size > 0 ? endedError(this.#options, cause) : undefined;
    for (const { reject } of this.#pending.values()) reject(error as Error);
    this.#pending.clear();
  }
}

function endedError({ ended }: ThreadOptions, cause?: Error): Error {
  return ended?.(cause) ?? cause ?? new Error('the thread has ended');
}

/**
 * The caller's side of a worker thread that serves an `M`. A thread can end by itself when it needs more memory than it may
 * have. Calls that wait for an answer are then rejected, and another thread is started.
 */
export class ThreadClient<M> {
  readonly #options: ThreadOptions;
  readonly #kept: KeptThreadOptions<M> | undefined;
  readonly #closing = new AbortController();
  #thread: Thread<M> | undefined;
  #restart: Promise<void> | undefined;

  private constructor(options: ThreadOptions, kept?: KeptThreadOptions<M>) {
    this.#options = options;
    this.#kept = kept;
  }

  /** Returns a client that starts a thread at its first call, and another one at the first call after a thread has ended. */
  static onDemand<M>(options: ThreadOptions): ThreadClient<M> {
    return new ThreadClient<M>(options);
  }

  /**
   * Returns a client that keeps a thread running, once the thread has opened what it serves.
   * @throws what the worker's `open`, or `prepare`, is rejected with.
   */
  static async start<M>(options: KeptThreadOptions<M>): Promise<ThreadClient<M>> {
    const client = new ThreadClient<M>(options, options);
    await client.#startKept();
    return client;
  }

  /** Calls a method. @throws what the method throws, or `ended()` when no thread answers. */
  readonly call: Call<M> = (method, args, transfer) => {
    const thread = this.#running();
    return thread?.call(method, args, transfer) ?? Promise.reject(endedError(this.#options));
  };

  /** Lets the thread answer what was asked before, then close what it serves, and end. */
  async close(): Promise<void> {
    this.#closing.abort();
    await (this.#thread?.close() ?? this.#restart);
  }

  /** Ends the thread at once. Calls that wait for an answer are rejected. */
  async terminate(): Promise<void> {
    this.#closing.abort();
    await (this.#thread?.terminate() ?? this.#restart);
  }

  #running(): Thread<M> | undefined {
    if (this.#thread && !this.#thread.isOver) return this.#thread;
    if (this.#kept || this.#closing.signal.aborted) return undefined;
    const thread = new Thread<M>(this.#options);
    thread.opened.catch(() => {}); // calls that wait for an answer are rejected with it
    this.#use(thread);
    return thread;
  }

  #use(thread: Thread<M>): void {
    this.#thread = thread;
    void thread.ended.then(() => {
      if (this.#thread === thread) this.#thread = undefined;
      if (this.#kept && !this.#closing.signal.aborted) this.#restart = this.#startAgain(this.#kept.restartMs);
    });
  }

  async #startKept(): Promise<void> {
    const thread = new Thread<M>(this.#options);
    try {
      await thread.opened;
      await this.#kept?.prepare?.(thread.call);
      if (this.#closing.signal.aborted) throw endedError(this.#options);
    } catch (cause) {
      await thread.terminate();
      throw cause;
    }
    this.#use(thread);
  }

  async #startAgain(afterMs: number): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await pause(afterMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      try {
        return await this.#startKept();
      } catch {
        // calls are refused until the next attempt
      }
    }
  }
}
