import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answers.js';
import { BROKEN } from './connections.js';
import { waitsForContinue } from './early-answer.js';

/** Limits the memory for bodies over all requests. When it is used up, the receiver answers 503 instead of growing. */
export class ByteBudget {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Returns false, and takes nothing, when fewer bytes are left. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#free += bytes;
  }
}

/** Why a body was not read to its end. */
export type BodyProblem = 'too_large' | 'busy' | 'aborted';

/**
 * Reads a body, all of it or nothing. Its bytes stay taken from the budget until the caller gives them back. When the body is
 * not read to its end, the budget gets everything back and the rest of the body is dropped as it arrives.
 * @param response tells a sender that asked first ("Expect: 100-continue") to go on.
 * @param limit in bytes.
 * @returns the raw bytes; or why they were not read; or the answer to a request that can no longer become complete.
 */
export function readBody(
  request: IncomingMessage,
  response: Pick<ServerResponse, 'writeContinue'>,
  limit: number,
  budget: ByteBudget,
): Promise<Uint8Array | BodyProblem | Answer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too_large');
  if (waitsForContinue(request)) response.writeContinue();
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const finish = (result: Uint8Array | BodyProblem | Answer) => {
      request
        .off('data', onData)
        .off('end', onEnd)
        .off('error', onGone)
        .off('close', onGone)
        .off(BROKEN, finish);
      if (!(result instanceof Uint8Array)) budget.give(bytes);
      resolve(result);
    };
    const onData = (chunk: Uint8Array) => {
      if (bytes + chunk.length > limit) finish('too_large');
      else if (!budget.take(chunk.length)) finish('busy');
      else {
        chunks.push(chunk);
        bytes += chunk.length;
      }
    };
    const onEnd = () => finish(joined(chunks));
    const onGone = () => finish('aborted');
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone).on(BROKEN, finish);
  });
}

/** Most bodies arrive in one chunk, which Node has already copied out of its read buffer. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = chunks;
  return first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
}
