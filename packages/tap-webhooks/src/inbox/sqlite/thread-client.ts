import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ToolkitError } from '@tap-webhooks/singer';
import { type Delivery, InboxUnavailable, type IntegrationRules } from '../inbox.js';

/** What the two sides of a thread say to each other. */

export type Role = 'writer' | 'reader';

export interface ThreadSettings {
  readonly folder: string;
  readonly role: Role;
  /** Made when it is not there? A thread that was started again must find the inbox that there was. */
  readonly create: boolean;
  readonly rules: readonly IntegrationRules[];
}

/** A call of a method by name; its answer carries the same id. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure };

/**
 * Deliveries of one commit. Their bodies travel as one block of memory that changes hands, the rest as one text instead of
 * many small objects to be cloned.
 */
export interface Batch {
  readonly bodies: Uint8Array;
  /** JSON of `PackedDelivery[]`. */
  readonly deliveries: string;
}

/** A delivery whose body is the next `bytes` bytes of the block. */
type PackedDelivery = Omit<Delivery, 'body'> & { readonly bytes: number };

export interface Recorded {
  /** JSON of `Outcome[]`. */
  readonly outcomes: string;
  readonly newest: number;
}

export function packBatch(deliveries: readonly Delivery[]): Batch {
  const bodies = new Uint8Array(deliveries.reduce((sum, { body }) => sum + body.length, 0));
  let at = 0;
  const packed = deliveries.map(({ body, ...rest }): PackedDelivery => {
    bodies.set(body, at);
    at += body.length;
    return { ...rest, bytes: body.length };
  });
  return { bodies, deliveries: JSON.stringify(packed) };
}

export function unpackBatch({ bodies, deliveries }: Batch): Delivery[] {
  let from = 0;
  return (JSON.parse(deliveries) as PackedDelivery[]).map(({ bytes, ...rest }) => {
    const body = bodies.subarray(from, from + bytes);
    from += bytes;
    return { ...rest, body };
  });
}

/** An error on its way between threads, where classes are lost. */
export interface Failure {
  readonly kind: 'toolkit' | 'unavailable' | 'defect';
  readonly message: string;
  readonly code?: string;
  readonly exitCode?: number;
}

export function packFailure(cause: unknown): Failure {
  if (cause instanceof ToolkitError) {
    return { kind: 'toolkit', message: cause.message, code: cause.code, exitCode: cause.exitCode };
  }
  const message = cause instanceof Error ? cause.message : 'unknown';
  return { kind: cause instanceof InboxUnavailable ? 'unavailable' : 'defect', message };
}

export function unpackFailure({ kind, message, code = '', exitCode = 1 }: Failure): Error {
  if (kind === 'toolkit') return new ToolkitError(code, exitCode, message);
  return kind === 'unavailable' ? new InboxUnavailable(message) : new Error(message);
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A thread that ended by itself is started again after so many ms. */
const RESTART_MS = 1000;
/**
 * Node ends a thread that meets its heap limit, and gives it 16 MiB more to get there. Young objects that move to the old heap
 * all at once must fit in that, or V8 ends the whole process.
 */
const YOUNG_MIB = 16;

/**
 * The caller's side of a thread: each call is a message, each answer settles its promise. A thread can end by itself, when a
 * body needs more memory than it may have: what was asked of it is refused then, and another is started.
 */
export class ThreadClient {
  readonly incarnation: string;
  readonly #pending = new Map<number, Pending>();
  #settings: ThreadSettings;
  #worker: Worker | undefined;
  #lastId = 0;
  #closing = false;
  #restart: Promise<void> | undefined;

  private constructor(settings: ThreadSettings, { worker, incarnation }: Started) {
    this.#settings = { ...settings, create: false };
    this.incarnation = incarnation;
    this.#use(worker);
  }

  /** Starts the thread; resolves when it has opened the inbox. @throws ToolkitError as opening does. */
  static async start(folder: string, role: Role): Promise<ThreadClient> {
    const settings = { folder, role, create: role === 'writer', rules: [] };
    return new ThreadClient(settings, await startWorker(settings));
  }

  /** What a thread that is started again begins with. */
  remember(rules: readonly IntegrationRules[]): void {
    this.#settings = { ...this.#settings, rules };
  }

  /** @throws InboxUnavailable while there is no thread. */
  call<T>(method: string, args: readonly unknown[] = [], transfer: readonly ArrayBuffer[] = []): Promise<T> {
    const worker = this.#worker;
    if (!worker) return Promise.reject(new InboxUnavailable('the inbox is not open at this moment'));
    const id = ++this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, method, args }, transfer);
    }) as Promise<T>;
  }

  /** Answers what was asked before, closes the inbox, ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    const worker = this.#worker;
    if (!worker) return this.#restart;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await this.call('close').catch(() => {}); // it has ended by itself meanwhile
    await ended;
  }

  #use(worker: Worker): void {
    this.#worker = worker;
    worker.on('message', (answer: Answer) => settle(this.#pending, answer));
    worker.on('error', () => {}); // it exits then
    worker.once('exit', () => {
      this.#worker = undefined;
      const error = new InboxUnavailable('the thread of the inbox has ended');
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
      this.#restart = this.#startAgain();
    });
  }

  async #startAgain(): Promise<void> {
    while (!this.#closing) {
      await sleep(RESTART_MS, undefined, { ref: false });
      if (this.#closing) return;
      const started = await startWorker(this.#settings).catch(() => undefined);
      if (!started) continue;
      if (this.#closing || started.incarnation !== this.incarnation) await started.worker.terminate();
      else return this.#use(started.worker);
    }
  }
}

interface Started {
  readonly worker: Worker;
  readonly incarnation: string;
}

function startWorker(settings: ThreadSettings): Promise<Started> {
  const worker = new Worker(new URL('./thread.js', import.meta.url), {
    workerData: settings,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => reject(new InboxUnavailable('the thread of the inbox has ended')));
    worker.once('message', (opened: Answer) => {
      worker.off('error', reject);
      if ('failure' in opened) {
        reject(unpackFailure(opened.failure));
        void worker.terminate();
      } else resolve({ worker, ...(opened.result as { incarnation: string }) });
    });
  });
}

function settle(pending: Map<number, Pending>, answer: Answer): void {
  const waiting = pending.get(answer.id);
  pending.delete(answer.id);
  if ('failure' in answer) waiting?.reject(unpackFailure(answer.failure));
  else waiting?.resolve(answer.result);
}
