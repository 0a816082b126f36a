import type { Socket } from 'node:net';
import { MOST_GROWTH } from '../bodies/decompress.js';
import type { Verdict } from '../inbox/inbox.js';
import type { SignatureProblem } from '../signatures/signature.js';

/** One answer, ready to send. It holds nothing from the request: no URL, no token, no payload. */
export interface Answer {
  readonly status: number;
  /** A word for logs, and for the body of a refusal. */
  readonly reason: string;
  readonly text: string;
  readonly headers: { readonly [name: string]: string };
}

/** Headers of every answer. */
const HEADERS = { 'content-type': 'application/json; charset=utf-8', 'referrer-policy': 'no-referrer' };

/** How long a sender is asked to wait, in seconds. */
const RETRY_AFTER = { 'retry-after': '5' };

function refusal(status: number, reason: string, message: string, headers = {}): Answer {
  const text = JSON.stringify({ error: reason, message });
  return { status, reason, text, headers: { ...HEADERS, ...headers } };
}

/** The same for an unknown path, an unknown integration, a wrong token and a revoked one, so that none can be guessed. */
export const NOT_FOUND = refusal(404, 'not_found', 'There is no webhook at this address.');

export const METHOD_NOT_ALLOWED = refusal(405, 'method_not_allowed', 'Send webhooks by POST.', {
  allow: 'POST',
});

export const BUSY = refusal(
  503,
  'busy',
  'Too many requests are being received at the moment; send this one again.',
  RETRY_AFTER,
);

export const UNAVAILABLE = refusal(
  503,
  'unavailable',
  'The event cannot be stored at the moment; send it again.',
  RETRY_AFTER,
);

/** Also closes the connection, since the rest of the body is not wanted. @param limit in bytes. */
export function tooLarge(limit: number): Answer {
  return refusal(413, 'body_too_large', `The body is larger than ${limit} bytes.`, { connection: 'close' });
}

export const BOMB = refusal(
  413,
  'body_too_large',
  `The body becomes more than ${MOST_GROWTH} times larger when it is decompressed.`,
);

export function tooManyEvents(most: number): Answer {
  return refusal(
    413,
    'too_many_events',
    `The body is an array of more than ${most} events; send fewer per request.`,
  );
}

/** @param why never quotes the body. */
export function unsupportedEncoding(why: string): Answer {
  return refusal(415, 'unsupported_encoding', `The body cannot be read: ${why}.`, {
    'accept-encoding': 'gzip, deflate, br',
  });
}

/** @param why what is wrong with a body that is not meant to be JSON; never quotes it. */
export function unreadable(why: string): Answer {
  return refusal(400, 'unreadable', `The body cannot be read: ${why}.`);
}

/** @param why where the body is not JSON; never quotes it. */
export function notThisType(why: string): Answer {
  return refusal(415, 'unsupported_media_type', `The body is neither JSON nor a form: ${why}.`);
}

/** @param why where the body is not JSON; never quotes it. */
export function notJson(why: string): Answer {
  return refusal(400, 'not_json', `The body is not JSON: ${why}.`);
}

const UNAUTHORIZED: { readonly [problem in SignatureProblem]: Answer } = {
  signature_missing: refusal(
    401,
    'signature_missing',
    'The request is not signed: its signature headers are missing.',
  ),
  signature_wrong: refusal(401, 'signature_wrong', 'The signature does not match the request.'),
  signature_expired: refusal(
    401,
    'signature_expired',
    'The signature is too old, or its time is in the future.',
  ),
};

export function unauthorized(problem: SignatureProblem): Answer {
  return UNAUTHORIZED[problem];
}

type Taken = Extract<Verdict, { kind: 'taken' }>;

const ONE_STORED = counted({ kind: 'taken', stored: 1, duplicate: 0, filtered: 0, quarantined: 0 });

/** 200, since sending the delivery again would change nothing: all of it is durable or need not be. */
export function accepted(verdict: Taken): Answer {
  const { stored, duplicate, filtered, quarantined } = verdict;
  return stored === 1 && duplicate + filtered + quarantined === 0 ? ONE_STORED : counted(verdict);
}

function counted({ stored, duplicate, filtered, quarantined }: Taken): Answer {
  const text = JSON.stringify({ status: 'ok', stored, duplicate, filtered, quarantined });
  return { status: 200, reason: 'taken', text, headers: HEADERS };
}

const CONNECTION_ANSWERS: {
  readonly [code: string]: readonly [status: string, reason: string, message: string];
} = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'headers_too_large',
    'The request headers are too large.',
  ],
};

const NOT_HTTP = ['400 Bad Request', 'not_http', 'This is not a complete HTTP request.'] as const;

/** Answers what never became a request (too slow, headers too large, not HTTP), and closes the connection. */
export function answerBrokenRequest(problem: Error & { code?: string }, socket: Socket): void {
  if (problem.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, reason, message] = CONNECTION_ANSWERS[problem.code ?? ''] ?? NOT_HTTP;
  const text = JSON.stringify({ error: reason, message });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\nreferrer-policy: no-referrer\r\n`;
  if (socket.writable)
    socket.write(`${head}content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`);
  socket.destroy();
}
