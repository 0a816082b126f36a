import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import {
  createServer as createNodeServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, brokenRequest, METHOD_NOT_ALLOWED } from './answers.js';
import type { Connections } from './connections.js';
import type { ServerLimits } from './limits.js';

/** What the server does with what arrives. */
export interface Arrivals {
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  /** Something was answered that never became a request. */
  onRefused(answer: Answer): void;
  /** A connection was closed at once, since too many are open. */
  onDropped(): void;
}

/**
 * Node's HTTP server on every address of a host. Nothing is answered by Node itself: each answer is one of `answers.ts`, and is
 * passed on to be logged.
 */
export class HttpServer {
  readonly #servers: Server[] = [];
  readonly #connections: Connections;
  readonly #limits: ServerLimits;
  readonly #arrivals: Arrivals;

  constructor(connections: Connections, limits: ServerLimits, arrivals: Arrivals) {
    this.#connections = connections;
    this.#limits = limits;
    this.#arrivals = arrivals;
  }

  /**
   * @param port 0 for any free one.
   * @returns the port.
   * @throws the error of the system when the first address cannot be used.
   */
  async listen(host: string, port: number): Promise<number> {
    const [first = host, ...others] = host === 'localhost' ? await addressesOf(host) : [host];
    const bound = await this.#bind(first, port);
    // `localhost` is two addresses on most machines; one of them is enough.
    for (const other of others) await this.#bind(other, bound).catch(() => {});
    return bound;
  }

  /** Accepts nothing new, and resolves when all connections are closed. @param graceMs after that they are cut. */
  async close(graceMs: number): Promise<void> {
    const cut = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
    }, graceMs);
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    clearTimeout(cut);
  }

  async #bind(host: string, port: number): Promise<number> {
    const server = this.#create();
    server.listen({ host, port });
    await once(server, 'listening');
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  #create(): Server {
    const limits = this.#limits;
    const server = createNodeServer({
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      requireHostHeader: false, // the path is all that counts
    });
    server.maxConnections = limits.connections;
    // A sender may close its side right after its request, and still waits for the answer. Node's types lack this member.
    Object.assign(server, { httpAllowHalfOpen: true });
    const take = (request: IncomingMessage, response: ServerResponse) => this.#take(request, response);
    server.on('request', take);
    server.on('checkContinue', take); // whether the body is wanted is decided once the URL is known
    server.on('checkExpectation', take); // an expectation that is unknown does no harm
    server.on('clientError', (problem, socket) => this.#break(problem, socket as Socket));
    server.on('connect', (_request, socket) => {
      socket.on('error', () => {}); // Node has removed its own listener
      this.#refuse(socket as Socket, METHOD_NOT_ALLOWED);
    });
    server.on('drop', () => this.#arrivals.onDropped());
    return server;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#connections.begin(request, response)) this.#arrivals.onRequest(request, response);
    else request.resume();
  }

  #break(problem: Error & { readonly code?: string }, socket: Socket): void {
    const { code = '' } = problem;
    const isIdle = socket.bytesRead === 0; // a connection that was opened in advance, and is too old now
    if (isIdle || !(code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT')) socket.destroy();
    else this.#refuse(socket, brokenRequest(code));
  }

  #refuse(socket: Socket, answer: Answer): void {
    if (this.#connections.break(socket, answer)) this.#arrivals.onRefused(answer);
  }
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
