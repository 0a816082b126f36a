import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from '../../helpers/until.js';

/**
 * Stands before an emulator and tells when it is idle, which no emulator does: requests of a client that was killed are over
 * once its connections are closed and what came whole is answered. It hands on bytes as they come.
 */
export class Gate {
  readonly url: string;
  /** Uploads that were begun. */
  uploads = 0;
  /** Status of the answer to each upload. */
  readonly loads: number[] = [];
  readonly #target: URL;
  readonly #clients = new Set<Socket>();
  #waiting = 0;

  private constructor(server: Server, url: string, target: string) {
    this.url = url;
    this.#target = new URL(target);
    server.on('request', (incoming, outgoing) => this.#pass(incoming, outgoing));
    server.on('connection', (socket) => {
      this.#clients.add(socket);
      socket.once('close', () => this.#clients.delete(socket));
    });
  }

  /** Closed when the running test ends. @param target e.g. `http://127.0.0.1:9050`. */
  static async open(target: string): Promise<Gate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address() as { port: number };
    const gate = new Gate(server, `http://127.0.0.1:${address.port}`, target);
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return gate;
  }

  /** Waits until nothing that a client sent can change anything any more. */
  async idle(): Promise<void> {
    await until(() => this.#clients.size === 0 && this.#waiting === 0, 'an idle emulator');
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path, headers } = incoming;
    if (method === 'POST' && path?.startsWith('/upload/')) this.uploads += 1;
    this.#waiting += 1;
    const { hostname, port } = this.#target;
    const onward = request({ hostname, port, method, path, headers, agent: false });
    onward.once('close', () => {
      this.#waiting -= 1;
    });
    onward.on('response', (answer) => {
      if (method === 'POST' && path?.startsWith('/upload/')) this.loads.push(answer.statusCode ?? 0);
      answer.on('error', () => outgoing.destroy());
      if (outgoing.destroyed) return answer.resume(); // the client is gone
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      outgoing.once('close', () => answer.resume());
    });
    onward.on('error', () => outgoing.destroy());
    incoming.once('close', () => {
      if (!incoming.complete) onward.destroy();
    });
    incoming.pipe(onward);
  }
}
