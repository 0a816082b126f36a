import { STATUS_CODES } from 'node:http';
import { MOST_GROWTH } from '../bodies/decompress.js';
import type { Verdict } from '../inbox/inbox.js';
import type { VerificationProblem } from '../signatures/signature.js';

/** One answer, ready to send. It holds nothing from the request: no URL, no token, no payload. */
export interface Answer {
  readonly status: number;
  /** A word for logs, and for the body of a refusal. */
  readonly reason: string;
  readonly text: string;
  readonly headers: { readonly [name: string]: string };
  /** The connection ends after it, when it answers the latest request. */
  readonly closes?: true;
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

export const NOT_CONFIGURED = refusal(
  503,
  'not_configured',
  'This webhook is not configured at the moment; send it again.',
  RETRY_AFTER,
);

/** Also closes the connection, since the rest of the body is not wanted. @param limit in bytes. */
export function tooLarge(limit: number): Answer {
  return closing(refusal(413, 'body_too_large', `The body is larger than ${limit} bytes.`));
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

const UNAUTHORIZED = refusal(
  401,
  'unauthorized',
  'The request does not prove who sent it: its signature or secret is missing, wrong or too old.',
);

/**
 * The same for every problem, so that the sender learns nothing about the secret; only the log says which one it was.
 * @param challenge tells a sender that asks first how to log in.
 */
export function unauthorized(problem: VerificationProblem, challenge?: string): Answer {
  const { headers } = UNAUTHORIZED;
  const all = challenge === undefined ? headers : { ...headers, 'www-authenticate': challenge };
  return { ...UNAUTHORIZED, reason: problem, headers: all };
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

const NOT_HTTP = closing(refusal(400, 'not_http', 'This is not a complete HTTP request.'));

/** Answers to what never became a complete request, by the code of Node's error. */
const BROKEN_REQUESTS: { readonly [code: string]: Answer } = {
  ERR_HTTP_REQUEST_TIMEOUT: closing(refusal(408, 'timeout', 'The request took too long to arrive.')),
  HPE_HEADER_OVERFLOW: closing(refusal(431, 'headers_too_large', 'The request headers are too large.')),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: closing(
    refusal(413, 'chunk_extensions_too_large', 'The extensions of a chunk are too large.'),
  ),
  HPE_INVALID_VERSION: closing(refusal(505, 'http_version', 'Send HTTP/1.1 or HTTP/1.0.')),
};

function closing(answer: Answer): Answer {
  return { ...answer, closes: true };
}

/** Each of these answers closes the connection. @param code of Node's error. */
export function brokenRequest(code: string): Answer {
  return BROKEN_REQUESTS[code] ?? NOT_HTTP;
}

/** Returns an answer as it is sent outside of any request. It closes the connection. */
export function asText({ status, text, headers }: Answer): string {
  const all = { ...headers, connection: 'close', 'content-length': Buffer.byteLength(text) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`;
}
