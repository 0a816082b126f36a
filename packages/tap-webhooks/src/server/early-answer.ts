import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answers.js';

/** A body of this size is read to its end by Node itself, and the connection goes on. */
const SMALL_BYTES = 65_536;

/** Whether an answer now would leave so much of the body unread that the connection has to end. */
export function leavesBody({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false;
  // Who waits for "100 Continue" will not send the body after another answer; what comes next cannot be told apart.
  if (headers.expect !== undefined || headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > SMALL_BYTES;
}

/**
 * Answers while the body is still coming, then reads on and throws away for a while before the connection ends. Closing at
 * once would reset the connection, and many senders would see that instead of the answer.
 */
export function answerEarly(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  lingerMs: number,
): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    connection: 'close',
    'content-length': Buffer.byteLength(answer.text),
  });
  response.write(answer.text);
  if (request.readableEnded || request.destroyed) {
    response.end();
    return;
  }
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.once('end', () => response.end());
  request.once('close', () => clearTimeout(timer));
  request.on('error', () => {}); // the sender may go away at any time
  request.resume();
}
