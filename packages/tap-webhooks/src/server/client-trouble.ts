import type { Socket } from 'node:net';

const ANSWERS: { readonly [code: string]: readonly [status: string, reason: string, message: string] } = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'headers_too_large',
    'The request headers are too large.',
  ],
};

const NOT_HTTP = ['400 Bad Request', 'not_http', 'What was sent is not a whole HTTP request.'] as const;

/** What never became a request: too slow, too large a head, or no HTTP. Says why, and ends the connection. */
export function answerClientTrouble(trouble: Error & { code?: string }, socket: Socket): void {
  if (trouble.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, reason, message] = ANSWERS[trouble.code ?? ''] ?? NOT_HTTP;
  const text = JSON.stringify({ error: reason, message });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\nreferrer-policy: no-referrer\r\n`;
  if (socket.writable)
    socket.write(`${head}content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`);
  socket.destroy();
}
