import type { Socket } from 'node:net';
import type { Verdict } from '../inbox/inbox.js';

/** One answer, ready to send. Nothing in it comes from the request: no URL, no token, no payload. */
export interface Answer {
  readonly status: number;
  /** For logs; the word in the body of a refusal. */
  readonly reason: string;
  readonly text: string;
  readonly headers: { readonly [name: string]: string };
}

/** On every answer. */
const HEADERS = { 'content-type': 'application/json; charset=utf-8', 'referrer-policy': 'no-referrer' };

/** Seconds that a sender is asked to wait. */
const RETRY_AFTER = { 'retry-after': '5' };

function refusal(status: number, reason: string, message: string, headers = {}): Answer {
  const text = JSON.stringify({ error: reason, message });
  return { status, reason, text, headers: { ...HEADERS, ...headers } };
}

/** One and the same for an unknown path, an unknown integration, a wrong token and a revoked one. */
export const NOT_FOUND = refusal(404, 'not_found', 'There is no webhook at this address.');

export const METHOD_NOT_ALLOWED = refusal(405, 'method_not_allowed', 'Webhooks are taken by POST.', {
  allow: 'POST',
});

export const ENCODED = refusal(
  415,
  'unsupported_encoding',
  'The body must not be compressed: send it without Content-Encoding.',
  { 'accept-encoding': 'identity' },
);

export const BUSY = refusal(
  503,
  'busy',
  'Too much is being received at the moment; send it again.',
  RETRY_AFTER,
);

export const UNAVAILABLE = refusal(
  503,
  'unavailable',
  'The event cannot be stored at the moment; send it again.',
  RETRY_AFTER,
);

/** @param limit in bytes. The rest of the body is not wanted, so the connection ends. */
export function tooLarge(limit: number): Answer {
  return refusal(413, 'body_too_large', `The body is larger than ${limit} bytes.`, { connection: 'close' });
}

/** @param why a few words about the place, never the body's own. */
export function notThisType(why: string): Answer {
  return refusal(
    415,
    'unsupported_media_type',
    `This webhook takes JSON only, and the body is not JSON: ${why}.`,
  );
}

/** @param why a few words about the place, never the body's own. */
export function notJson(why: string): Answer {
  return refusal(400, 'not_json', `The body is not JSON: ${why}.`);
}

const SIGNATURE_MESSAGES = {
  signature_missing: 'The request is not signed: its signature headers are missing.',
  signature_wrong: 'The signature does not fit the body.',
  signature_expired: 'The signature is too old, or from the future.',
} as const;

export type SignatureTrouble = keyof typeof SIGNATURE_MESSAGES;

const UNSIGNED: { readonly [trouble: string]: Answer } = Object.fromEntries(
  Object.entries(SIGNATURE_MESSAGES).map(([trouble, message]) => [trouble, refusal(401, trouble, message)]),
);

export function unauthorized(trouble: SignatureTrouble): Answer {
  return UNSIGNED[trouble] ?? refusal(401, trouble, SIGNATURE_MESSAGES[trouble]);
}

type Taken = Extract<Verdict, { kind: 'taken' }>;

const ONE_STORED = accepted({ kind: 'taken', stored: 1, duplicate: 0, filtered: 0, quarantined: 0 });

/** 200 for whatever is durable or need not be: a retry would change nothing. Nearly always it is one row. */
export function taken(verdict: Taken): Answer {
  const { stored, duplicate, filtered, quarantined } = verdict;
  return stored === 1 && duplicate + filtered + quarantined === 0 ? ONE_STORED : accepted(verdict);
}

function accepted({ stored, duplicate, filtered, quarantined }: Taken): Answer {
  const text = JSON.stringify({ status: 'ok', stored, duplicate, filtered, quarantined });
  return { status: 200, reason: 'taken', text, headers: HEADERS };
}

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
