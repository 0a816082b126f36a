import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from '../../helpers/until.js';

export interface RawAnswer {
  readonly status: number;
  /** Whole head, in lower case. */
  readonly head: string;
  readonly body: string;
}

/** One connection on which a test writes whatever bytes it wants. */
export class RawSender {
  readonly #socket;
  #received = '';
  #ends = true;
  readonly #closed: Promise<void>;
  /** Code of the error that ended the connection, such as ECONNRESET. */
  failure: string | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#socket.setNoDelay();
    this.#socket.on('data', (chunk) => {
      this.#received += chunk;
    });
    this.#socket.on('end', () => {
      if (this.#ends) this.#socket.end();
      else this.#writeOn();
    });
    this.#socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      this.failure = code; // "close" follows
    });
    this.#closed = new Promise((resolve) => this.#socket.on('close', () => resolve()));
    onTestFinished(() => {
      this.#socket.destroy();
    });
  }

  /** Resolves once the text is handed to the system, in one piece. */
  write(text: string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(text, () => resolve()));
  }

  /** Goes on sending after the receiver has closed its side, until that fails. */
  neverEnd(): void {
    this.#ends = false;
  }

  #writeOn(): void {
    if (!this.#socket.destroyed) this.#socket.write('}', () => setImmediate(() => this.#writeOn()));
  }

  /** Closes the sending side, and goes on reading. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Returns all answers, once the receiver has closed the connection. */
  async answers(): Promise<RawAnswer[]> {
    await this.#closed;
    return answersIn(this.#received);
  }

  /** Returns the answers once there are so many, while the connection may stay open. */
  first(count: number): Promise<RawAnswer[]> {
    const enough = () => {
      const found = answersIn(this.#received);
      return found.length >= count && found;
    };
    return until(enough, `${count} answers`);
  }
}

function answersIn(text: string): RawAnswer[] {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return [];
  const head = text.slice(0, end).toLowerCase();
  const from = end + 4;
  const to = from + Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
  if (text.length < to) return [];
  const answer = { status: Number(head.slice(9, 12)), head, body: text.slice(from, to) };
  return [answer, ...answersIn(text.slice(to))];
}

/** Returns a POST of a body, with any further header lines. */
export function post(path: string, body: string, ...headers: string[]): string {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'host: x',
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Returns a POST in chunks. @param end what comes after the last chunk's own line. */
export function chunkedPost(path: string, chunks: readonly string[], end = '\r\n'): string {
  const sent = chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`).join('');
  return `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${sent}0\r\n${end}`;
}
