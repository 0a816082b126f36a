import { parentPort, type Transferable, workerData } from 'node:worker_threads';
import { type ErrorClasses, OPENED, packFailure, type Request } from './thread-messages.js';

/** A result whose memory changes hands instead of being copied. */
export class Transfer<T> {
  readonly value: T;
  readonly memory: readonly Transferable[];

  constructor(value: T, memory: readonly Transferable[]) {
    this.value = value;
    this.memory = memory;
  }
}

/** What a worker serves. A method that returns a promise is answered when that settles, the others at once and in order. */
export interface Served {
  /** Called once, after everything that was asked before has been answered. */
  close?(): void;
}

/**
 * Serves the methods of an object to the thread that started this worker. To be called once, at the worker's start.
 * @param open makes the object from the `data` of the client. What it throws is what the client's start is rejected with.
 * @param errors classes of errors that keep their class: the same as the client has.
 */
export function serveThread<D>(open: (data: D) => Served & object, errors: ErrorClasses = {}): void {
  const port = parentPort;
  if (!port) throw new Error('serveThread is for worker threads');
  let served: Served & object;
  try {
    served = open(workerData as D);
  } catch (cause) {
    port.postMessage({ id: OPENED, failure: packFailure(cause, errors) });
    return;
  }
  const running = new Set<Promise<void>>();
  port.postMessage({ id: OPENED, result: undefined });

  port.on('message', ({ id, method, args }: Request) => {
    if (method === undefined) return void close(id);
    try {
      const work = Reflect.apply(methodOf(served, method), served, args);
      if (!(work instanceof Promise)) return answer(id, work);
      const answered = work.then(
        (result) => answer(id, result),
        (cause) => refuse(id, cause),
      );
      running.add(answered);
      void answered.finally(() => running.delete(answered));
    } catch (cause) {
      refuse(id, cause);
    }
  });

  function answer(id: number, result: unknown): void {
    if (result instanceof Transfer) port?.postMessage({ id, result: result.value }, result.memory);
    else port?.postMessage({ id, result });
  }

  function refuse(id: number, cause: unknown): void {
    port?.postMessage({ id, failure: packFailure(cause, errors) });
  }

  async function close(id: number): Promise<void> {
    await Promise.all(running);
    try {
      served.close?.();
      answer(id, undefined);
    } catch (cause) {
      refuse(id, cause);
    }
    port?.close(); // nothing keeps the thread alive any more
  }
}

function methodOf(served: object, name: string): (...args: unknown[]) => unknown {
  const method = (served as { readonly [name: string]: unknown })[name];
  if (typeof method !== 'function') throw new Error(`the thread has no method ${name}`);
  return method as (...args: unknown[]) => unknown;
}
