import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answers.js';

/** Node itself reads a body of up to this size to its end, and the connection stays usable. */
const SMALL_BYTES = 65_536;

/** As Node recognises it. */
const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

/** True when the sender sends the body only after "100 Continue". Any other expectation is ignored, as that of HTTP/1.0 is. */
export function waitsForContinue({ headers: { expect }, httpVersion }: IncomingMessage): boolean {
  return expect !== undefined && httpVersion === '1.1' && CONTINUE.test(expect);
}

/** True when an answer now leaves so much of the body unread that the connection has to be closed. */
export function leavesBody(request: IncomingMessage): boolean {
  const { headers, complete } = request;
  if (complete) return false;
  // A sender that waits for "100 Continue" may or may not send the body after another answer: what follows is ambiguous.
  if (waitsForContinue(request) || headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > SMALL_BYTES;
}

/**
 * Answers while the body is still arriving, then reads and drops the rest for a while before it closes the connection. Closing
 * at once would reset the connection, and many senders would see the reset instead of the answer.
 * @param isBroken the rest of the body will never come.
 */
export function answerEarly(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  lingerMs: number,
  isBroken: boolean,
): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    connection: 'close',
    'content-length': Buffer.byteLength(answer.text),
  });
  response.write(answer.text);
  if (request.readableEnded || request.destroyed || isBroken) {
    response.end();
    return;
  }
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.once('end', () => response.end());
  request.once('close', () => clearTimeout(timer));
  request.on('error', () => {}); // the sender may go away at any time
  request.resume();
}
