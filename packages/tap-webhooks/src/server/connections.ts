import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Answer, asText } from './answers.js';

/** Event of a request that can no longer become complete; it carries the answer to give. */
export const BROKEN = Symbol('broken');

interface Connection {
  /** Response to the latest request. Node sends responses in the order of their requests, so it is the last one sent. */
  latest: ServerResponse | undefined;
  /** The latest request is the last one whose answer is sent. */
  isEnding: boolean;
  /** What came after the latest request, or belonged to it, cannot be understood. */
  isBroken: boolean;
}

/** Ends connections so that every request that was complete gets its answer first, and its sender can read it. */
export class Connections {
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #lingerMs: number;

  /** @param lingerMs how long bytes that nobody wants are read, so that the sender sees the answer and no reset. */
  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs;
  }

  /**
   * Notes that a request has begun.
   * @returns false when it must not be processed, since the connection ends before its answer could be sent (RFC 9112 §9.6).
   */
  begin(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#of(request.socket);
    if (connection.isEnding) return false;
    connection.latest = response;
    return true;
  }

  /** True when no later request has come on the connection of this one. */
  isLatest(request: IncomingMessage): boolean {
    return this.#connections.get(request.socket)?.latest?.req === request;
  }

  /** True when the rest of this request will never come. */
  isBroken(request: IncomingMessage): boolean {
    return !request.complete && this.#connections.get(request.socket)?.isBroken === true;
  }

  /** The answer to the latest request says "Connection: close": later requests are not looked at. */
  endAfterLatest(socket: Socket): void {
    this.#of(socket).isEnding = true;
    // Node calls this once the last answer is written, and its own method would reset a connection that still receives.
    socket.destroySoon = () => this.#endGently(socket);
  }

  /**
   * Ends a connection on which something came that is not HTTP, or came too slowly. Requests that were complete are answered
   * first. A request that was not gets the given answer.
   * @returns true when the answer was sent, outside of any request.
   */
  break(socket: Socket, answer: Answer): boolean {
    const connection = this.#of(socket);
    if (connection.isBroken) return false;
    connection.isBroken = true;
    this.endAfterLatest(socket);
    const { latest } = connection;
    if (!latest || (latest.req.complete && latest.writableFinished)) {
      const isOpen = socket.writable;
      this.#endGently(socket, asText(answer));
      return isOpen;
    }
    if (latest.req.complete) this.#endOnceSent(latest, socket);
    else if (latest.writableFinished) this.#endGently(socket);
    else if (latest.headersSent) latest.end();
    else if (!latest.req.emit(BROKEN, answer)) this.#endOnceSent(latest, socket);
    return false;
  }

  #of(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known) return known;
    const connection = { latest: undefined, isEnding: false, isBroken: false };
    this.#connections.set(socket, connection);
    return connection;
  }

  #endOnceSent(response: ServerResponse, socket: Socket): void {
    if (!response.headersSent) response.shouldKeepAlive = false;
    response.once('finish', () => this.#endGently(socket));
  }

  /** Ends our side, and reads and drops what still comes for a while. Closing at once could reset the connection. */
  #endGently(socket: Socket, text = ''): void {
    if (socket.destroyed || socket.writableEnded) return;
    socket.end(text);
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), this.#lingerMs);
    socket.once('close', () => clearTimeout(timer));
  }
}
