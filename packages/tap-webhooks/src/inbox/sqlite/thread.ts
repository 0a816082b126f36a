// The thread that touches the disk, so that the event loop of the server never waits for it.
import { parentPort, workerData } from 'node:worker_threads';
import { ReadingSide } from './reading-side.js';
import { type Answer, type Call, packFailure, type ThreadSettings } from './thread-client.js';
import { WritingSide } from './writing-side.js';

const settings = workerData as ThreadSettings;
const port = parentPort;
if (!port) throw new Error('this is a module for a thread');

type Methods = { readonly [method: string]: ((...args: unknown[]) => unknown) | undefined };
const side = open();

function open(): Methods | undefined {
  try {
    const opened = settings.role === 'writer' ? new WritingSide(settings) : new ReadingSide(settings);
    port?.postMessage({ id: 0, result: opened.opened });
    return opened as unknown as Methods;
  } catch (cause) {
    port?.postMessage({ id: 0, failure: packFailure(cause) });
    return undefined;
  }
}

port.on('message', ({ id, method, args }: Call) => {
  port.postMessage(answer(id, () => side?.[method]?.(...args)));
  if (method === 'close') port.close();
});

function answer(id: number, work: () => unknown): Answer {
  try {
    return { id, result: work() };
  } catch (cause) {
    return { id, failure: packFailure(cause) };
  }
}
