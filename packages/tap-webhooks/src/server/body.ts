import type { IncomingMessage, ServerResponse } from 'node:http';

/** Memory for bodies, shared by all requests: past it the receiver says "later" instead of growing. */
export class ByteBudget {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** False when there is not that much left; nothing is taken then. */
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
export type BodyTrouble = 'too_large' | 'busy' | 'aborted';

/**
 * The raw bytes of a body, whole or not at all. They stay charged to the budget until the caller gives them back; of a body
 * that was not read to its end nothing stays charged, and the rest flows by unkept.
 * @param response tells a sender that asked first ("Expect: 100-continue") to go on.
 * @param limit in bytes.
 */
export function readBody(
  request: IncomingMessage,
  response: Pick<ServerResponse, 'writeContinue'>,
  limit: number,
  budget: ByteBudget,
): Promise<Uint8Array | BodyTrouble> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too_large');
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const finish = (result: Uint8Array | BodyTrouble) => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      if (typeof result === 'string') budget.give(bytes);
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
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

/** Most bodies come in one chunk, which Node has copied out of its read buffer already. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = chunks;
  return first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
}
