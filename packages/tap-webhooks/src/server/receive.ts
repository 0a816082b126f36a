import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type Delivery, InboxUnavailable, type InboxWriter, type TokenRecord } from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import type { Place } from '../providers/provider.js';
import { DELIVERY_ID_HEADERS } from '../signatures/standard-webhooks.js';
import {
  type Answer,
  BUSY,
  ENCODED,
  notJson,
  notThisType,
  taken,
  tooLarge,
  UNAVAILABLE,
  unauthorized,
} from './answers.js';
import { type ByteBudget, readBody } from './body.js';

/**
 * Whether a body that turned out not to be JSON was declared as something else: `text/plain` yes, `application/json` or no
 * type at all no.
 * @param otherTypes media types that the provider is known to send.
 */
export function declaresOther(contentType: string | undefined, otherTypes: readonly string[] = []): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type !== '' && !/[/+]json$/.test(type) && !otherTypes.includes(type);
}

/** A request whose URL is known: which integration it is for, and by which token it came. */
export interface Admitted {
  readonly integration: Integration;
  readonly token: TokenRecord;
}

export interface Received {
  readonly answer: Answer;
  /** What went wrong on our side, for the log. */
  readonly details?: object;
}

/**
 * Takes one webhook: body, signature, inbox. The answer is not there before the inbox has made the event durable.
 * @returns undefined when the sender went away before its body was whole.
 */
export async function receive(
  request: IncomingMessage,
  response: Pick<ServerResponse, 'writeContinue'>,
  { integration, token }: Admitted,
  inbox: Pick<InboxWriter, 'append'>,
  budget: ByteBudget,
): Promise<Received | undefined> {
  if (isEncoded(request.headers)) return { answer: ENCODED };
  const body = await readBody(request, response, integration.bodyLimit, budget);
  if (body === 'aborted') return undefined;
  if (body === 'too_large') return { answer: tooLarge(integration.bodyLimit) };
  if (body === 'busy') return { answer: BUSY };
  try {
    return { answer: await judge(request.headers, body, integration, token, inbox) };
  } catch (cause) {
    return { answer: UNAVAILABLE, details: describeFailure(cause) };
  } finally {
    budget.give(body.length);
  }
}

/** Never decompressed: signatures cover what was sent, and a small body cannot become a large one. */
function isEncoded(headers: IncomingHttpHeaders): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'identity';
}

async function judge(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  integration: Integration,
  token: TokenRecord,
  inbox: Pick<InboxWriter, 'append'>,
): Promise<Answer> {
  const receivedAt = Date.now();
  const header = (name: string) => headerOf(headers, name);
  const trouble = integration.verify?.({ header, body, now: receivedAt });
  if (trouble) return unauthorized(trouble);
  const verdict = await inbox.append(deliveryOf(headers, body, integration, token, receivedAt));
  if (verdict.kind === 'taken') return taken(verdict);
  const isOther = declaresOther(headers['content-type'], integration.provider.otherTypes);
  return isOther ? notThisType(verdict.reason) : notJson(verdict.reason);
}

function deliveryOf(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  { rules }: Integration,
  token: TokenRecord,
  receivedAt: number,
): Delivery {
  const deliveryId = valueAt(rules.deliveryId, headers);
  const eventType = valueAt(rules.eventType, headers);
  return {
    integration: rules.name,
    receivedAt,
    body,
    tokenId: token.id,
    ...(deliveryId === undefined ? {} : { deliveryId }),
    ...(eventType === undefined ? {} : { eventType }),
  };
}

function valueAt(place: Place | undefined, headers: IncomingHttpHeaders): string | undefined {
  if (!place || !('header' in place)) return undefined;
  const [standard, older] = DELIVERY_ID_HEADERS;
  const value = headerOf(headers, place.header);
  return value === undefined && place.header === standard ? headerOf(headers, older) : value;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Without the message of an unknown failure, which might quote what was sent. */
export function describeFailure(cause: unknown): object {
  if (cause instanceof InboxUnavailable) return { why: cause.message };
  if (!(cause instanceof Error)) return { why: 'unknown' };
  const frames = (cause.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { why: cause.name, at: frames.slice(0, 5).map((line) => line.trim()) };
}
