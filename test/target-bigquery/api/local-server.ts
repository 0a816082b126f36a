import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server of one's own on 127.0.0.1, until the running test ends. @returns its origin. */
export async function serve(
  answer: (message: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((message, response) => {
    message.resume();
    answer(message, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/**
 * A proxy before a server that puts its own words into successful answers.
 * @param words in place of an answer's body; undefined: as it is.
 */
export async function proxyTo(
  origin: string,
  words: (message: IncomingMessage, body: string) => string | undefined,
): Promise<string> {
  return serve((message, response) => {
    const { method, headers, url = '/' } = message;
    const onwards = request(new URL(url, origin), { method: method ?? 'GET', headers }, async (answer) => {
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part as Buffer);
      const body = String(Buffer.concat(parts));
      const isSuccess = answer.statusCode !== undefined && answer.statusCode < 300;
      const text = (isSuccess ? words(message, body) : undefined) ?? body;
      const length = { 'content-length': Buffer.byteLength(text) };
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...length });
      response.end(text);
    });
    message.pipe(onwards);
  });
}
