import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import {
  type Delivery,
  InboxUnavailable,
  type InboxWriter,
  type TokenRecord,
  type ValueLocation,
} from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import type { SignedRequest } from '../signatures/signature.js';
import {
  type Answer,
  accepted,
  BUSY,
  ENCODED,
  notJson,
  notThisType,
  tooLarge,
  tooManyEvents,
  UNAVAILABLE,
  unauthorized,
} from './answers.js';
import { type ByteBudget, readBody } from './body.js';
import { calledUrl, pathOf } from './paths.js';

/** A request with a valid URL: the integration that it is for, and the token that it came with. */
export interface Admitted {
  readonly integration: Integration;
  readonly token: TokenRecord;
}

/** What requests share. */
export interface Receiving {
  readonly inbox: Pick<InboxWriter, 'append'>;
  readonly budget: ByteBudget;
  /** Address at which providers reach this receiver, without a slash at its end. */
  readonly publicUrl: string;
}

export interface Received {
  readonly answer: Answer;
  /** What failed on our side, for the log. */
  readonly details?: object;
  /** Reason why events were quarantined → how many. */
  readonly quarantined?: { readonly [reason: string]: number };
}

/**
 * Receives one webhook: reads the body, checks the signature, stores the delivery in the inbox. When this resolves with a 200,
 * the delivery is durable.
 * @returns undefined when the sender went away before its body was complete.
 */
export async function receive(
  request: IncomingMessage,
  response: Pick<ServerResponse, 'writeContinue'>,
  admitted: Admitted,
  shared: Receiving,
): Promise<Received | undefined> {
  const limit = admitted.integration.bodyLimit;
  const body = await readBody(request, response, limit, shared.budget);
  if (body === 'aborted') return undefined;
  if (body === 'too_large') return { answer: tooLarge(limit) };
  if (body === 'busy') return { answer: BUSY };
  if (!(body instanceof Uint8Array)) return { answer: body };
  try {
    return await verifyAndStore(request, body, admitted, shared);
  } catch (cause) {
    return { answer: UNAVAILABLE, details: describeFailure(cause) };
  } finally {
    shared.budget.give(body.length);
  }
}

/** Content codings that change the bytes (RFC 9110 §8.4.1, RFC 8878). */
const COMPRESSED = /\b(?:x-)?(?:gzip|compress|deflate|br|zstd)\b/i;

async function verifyAndStore(
  request: IncomingMessage,
  body: Uint8Array,
  { integration, token }: Admitted,
  { inbox, publicUrl }: Receiving,
): Promise<Received> {
  const receivedAt = Date.now();
  const verified = integration.verify?.(new RequestToVerify(request, body, receivedAt, publicUrl)) ?? {};
  if (typeof verified === 'string') return { answer: unauthorized(verified, integration.challenge) };
  const verdict = await inbox.append(
    deliveryOf(request.headers, body, integration, token, receivedAt, verified.id),
  );
  if (verdict.kind === 'taken')
    return { answer: accepted(verdict), ...(verdict.reasons && { quarantined: verdict.reasons }) };
  if (verdict.kind === 'too_many_events') return { answer: tooManyEvents(verdict.most) };
  return { answer: notTaken(request.headers, verdict.reason) };
}

/** A class, so that what a scheme does not ask for is never made. */
class RequestToVerify implements SignedRequest {
  readonly body: Uint8Array;
  readonly now: number;
  readonly #request: IncomingMessage;
  readonly #publicUrl: string;

  constructor(request: IncomingMessage, body: Uint8Array, now: number, publicUrl: string) {
    this.body = body;
    this.now = now;
    this.#request = request;
    this.#publicUrl = publicUrl;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get url(): string {
    return calledUrl(this.#publicUrl, this.#request.url ?? '');
  }

  get path(): string {
    return pathOf(this.#request.url ?? '');
  }

  header(name: string): string | undefined {
    return headerOf(this.#request.headers, name);
  }
}

/**
 * Says why a body that is not JSON was not accepted. Its headers are looked at only here: good bytes are accepted whatever the
 * headers say. A body is never decompressed, since signatures cover what was sent, and a small body cannot become a large one.
 */
function notTaken(headers: IncomingHttpHeaders, reason: string): Answer {
  if (COMPRESSED.test(headers['content-encoding'] ?? '')) return ENCODED;
  return declaresOtherThanJson(headers['content-type']) ? notThisType(reason) : notJson(reason);
}

/** True for `text/plain`; false for `application/json`, for its relatives, and without a type. */
function declaresOtherThanJson(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type !== '' && !/[/+]json$/.test(type);
}

function deliveryOf(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  { rules }: Integration,
  token: TokenRecord,
  receivedAt: number,
  signedId: string | undefined,
): Delivery {
  const isInHeader = rules.deliveryId !== undefined && 'header' in rules.deliveryId;
  // A header that is not signed may be anybody's: the signed id wins.
  const deliveryId = (isInHeader ? signedId : undefined) ?? headerAt(rules.deliveryId, headers);
  const eventType = headerAt(rules.eventType, headers);
  return {
    integration: rules.name,
    receivedAt,
    body,
    tokenId: token.id,
    ...(deliveryId === undefined ? {} : { deliveryId }),
    ...(eventType === undefined ? {} : { eventType }),
  };
}

/** Returns a value that the provider sends in a header; undefined when it sends it in the body, or not at all. */
function headerAt(location: ValueLocation | undefined, headers: IncomingHttpHeaders): string | undefined {
  if (!location || !('header' in location)) return undefined;
  const value = headerOf(headers, location.header);
  if (value !== undefined || location.alternatives === undefined) return value;
  for (const name of location.alternatives) {
    const alternative = headerOf(headers, name);
    if (alternative !== undefined) return alternative;
  }
  return undefined;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Returns fields for the log. The message of an unknown failure is left out, since it might quote what was sent. */
export function describeFailure(cause: unknown): object {
  if (cause instanceof InboxUnavailable) return { why: cause.message };
  if (!(cause instanceof Error)) return { why: 'unknown' };
  const frames = (cause.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { why: cause.name, at: frames.slice(0, 5).map((line) => line.trim()) };
}
