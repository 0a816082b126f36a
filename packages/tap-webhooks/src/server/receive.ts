import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { decompress, mayBeCompressed } from '../bodies/decompress.js';
import {
  type Delivery,
  type FirstLocation,
  type IdLocation,
  InboxUnavailable,
  type InboxWriter,
  type TokenRecord,
  type Verdict,
} from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import type { SignedRequest } from '../signatures/signature.js';
import {
  type Answer,
  accepted,
  BOMB,
  BUSY,
  notJson,
  notThisType,
  tooLarge,
  tooManyEvents,
  UNAVAILABLE,
  unauthorized,
  unreadable,
  unsupportedEncoding,
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
    return await decompressAndStore(request, body, admitted, shared);
  } catch (cause) {
    return { answer: UNAVAILABLE, details: describeFailure(cause) };
  } finally {
    shared.budget.give(body.length);
  }
}

type Malformed = Extract<Verdict, { kind: 'malformed' }>;

/** A body as it was sent, and as it was before the sender compressed it. */
interface ReceivedBody {
  readonly sent: Uint8Array;
  /** Absent: it was not compressed. */
  readonly decompressed?: Uint8Array;
  /** Why it cannot be decompressed. */
  readonly damage?: string;
}

async function decompressAndStore(
  request: IncomingMessage,
  sent: Uint8Array,
  admitted: Admitted,
  shared: Receiving,
): Promise<Received> {
  const encoding = request.headers['content-encoding'];
  if (!mayBeCompressed(sent, encoding)) return verifyAndStore(request, { sent }, admitted, shared);
  const limit = admitted.integration.bodyLimit;
  const result = await decompress(sent, encoding, limit, shared.budget);
  switch (result.kind) {
    case 'plain':
      return verifyAndStore(request, { sent }, admitted, shared);
    case 'damaged':
      return verifyAndStore(request, { sent, damage: result.why }, admitted, shared);
    case 'unsupported':
      if (admitted.integration.rules.onMalformed !== 'quarantine')
        return { answer: unsupportedEncoding(result.why) };
      return verifyAndStore(request, { sent, damage: result.why }, admitted, shared);
    case 'too_large':
      return { answer: tooLarge(limit) };
    case 'bomb':
      return { answer: BOMB };
    case 'busy':
      return { answer: BUSY };
    default:
      try {
        return await verifyAndStore(request, { sent, decompressed: result.body }, admitted, shared);
      } finally {
        shared.budget.give(result.body.length);
      }
  }
}

async function verifyAndStore(
  request: IncomingMessage,
  body: ReceivedBody,
  { integration, token }: Admitted,
  { inbox, publicUrl }: Receiving,
): Promise<Received> {
  const receivedAt = Date.now();
  const verified = integration.verify?.(new RequestToVerify(request, body, receivedAt, publicUrl)) ?? {};
  if (typeof verified === 'string') return { answer: unauthorized(verified, integration.challenge) };
  const verdict = await inbox.append(deliveryOf(request, body, integration, token, receivedAt, verified.id));
  if (verdict.kind === 'taken')
    return { answer: accepted(verdict), ...(verdict.reasons && { quarantined: verdict.reasons }) };
  if (verdict.kind === 'too_many_events') return { answer: tooManyEvents(verdict.most) };
  return { answer: notTaken(request.headers, verdict) };
}

/** A class, so that what a scheme does not ask for is never made. */
class RequestToVerify implements SignedRequest {
  readonly body: Uint8Array;
  readonly now: number;
  readonly #request: IncomingMessage;
  readonly #publicUrl: string;
  readonly #decompressed: Uint8Array | undefined;

  constructor(request: IncomingMessage, body: ReceivedBody, now: number, publicUrl: string) {
    this.body = body.sent;
    this.#decompressed = body.decompressed;
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

  decodedBody(): Uint8Array | undefined {
    return this.#decompressed;
  }
}

/** Says why a body was not accepted. */
function notTaken(headers: IncomingHttpHeaders, { reason, isOtherThanJson }: Malformed): Answer {
  if (isOtherThanJson) return unreadable(reason);
  return declaresOtherThanJson(headers['content-type']) ? notThisType(reason) : notJson(reason);
}

/** True for `text/plain`; false for `application/json`, for its relatives, and without a type. */
function declaresOtherThanJson(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type !== '' && !/[/+]json$/.test(type);
}

function deliveryOf(
  { headers, url }: IncomingMessage,
  { sent, decompressed, damage }: ReceivedBody,
  { rules }: Integration,
  token: TokenRecord,
  receivedAt: number,
  signedId: string | undefined,
): Delivery {
  const isInHeader = rules.deliveryId !== undefined && 'header' in rules.deliveryId;
  // A header that is not signed may be anybody's: the signed id wins.
  const deliveryId = (isInHeader ? signedId : undefined) ?? headerAt(rules.deliveryId, headers);
  const eventType = headerAt(rules.eventType, headers);
  const contentType = headers['content-type'];
  return {
    integration: rules.name,
    receivedAt,
    body: decompressed ?? sent,
    tokenId: token.id,
    ...(contentType === undefined || PLAIN_JSON.test(contentType) ? {} : { contentType }),
    ...(damage === undefined ? {} : { damage }),
    ...(rules.wantedHeaders && { headers: chosenHeaders(rules.wantedHeaders, headers) }),
    ...(rules.wantedQuery && { query: chosenQuery(rules.wantedQuery, url) }),
    ...(deliveryId === undefined ? {} : { deliveryId }),
    ...(eventType === undefined ? {} : { eventType }),
  };
}

/** A Content-Type that the inbox need not know. */
const PLAIN_JSON = /^application\/json(?:;\s*charset=utf-8)?$/i;

function chosenHeaders(names: readonly string[], headers: IncomingHttpHeaders): { [name: string]: string } {
  const pairs = names.map((name) => [name, headerOf(headers, name)] as const);
  const found = pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(found.map(([name, value]) => [name, asUtf8(value)]));
}

/** Node reads a header as one character per byte; senders that write other letters than ASCII mean UTF-8. */
function asUtf8(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}

function chosenQuery(names: readonly string[], url: string | undefined): { [name: string]: string } {
  const query = new URLSearchParams(queryOf(url ?? ''));
  const pairs = names.map((name) => [name, query.get(name)] as const);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== null));
}

/** Returns what follows the first question mark: a value may hold another one (RFC 3986 §3.4). */
function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

/** Returns a value that the provider sends in one header; undefined when it sends it elsewhere, or not at all. */
function headerAt(
  location: IdLocation | FirstLocation | undefined,
  headers: IncomingHttpHeaders,
): string | undefined {
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
