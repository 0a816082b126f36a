import type { AddressInfo } from 'node:net';
import { type Logger, systemCode } from '@tap-webhooks/singer';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { cannotListen } from '../errors.js';
import type { InboxWriter } from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import { localUrl } from '../names.js';
import { AnswerLog } from './answer-log.js';
import { type Answer, answerClientTrouble, METHOD_NOT_ALLOWED, NOT_FOUND, UNAVAILABLE } from './answers.js';
import { ByteBudget } from './body.js';
import { answerEarly, leavesBody } from './early-answer.js';
import { defaultLimits, type ServerLimits } from './limits.js';
import { describeFailure, receive } from './receive.js';
import { TokenCache } from './token-cache.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Fastify without what would touch a body, print a URL or answer in its own words: no parser, no logger, no defaults for
 * errors.
 * @param onStranger answers every request that no route takes.
 * @param onDefect answers when something throws.
 */
export function createApp(
  limits: ServerLimits,
  onStranger: Handler,
  onDefect: (cause: unknown, reply: FastifyReply) => void,
): FastifyInstance {
  const app = fastify({
    logger: false,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    return503OnClosing: false,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
    },
    // A path that cannot be decoded, or is too long, is just another one that leads nowhere.
    frameworkErrors: (_cause, request, reply) => onStranger(request, reply),
    clientErrorHandler: answerClientTrouble,
  });
  app.server.maxConnections = limits.connections;
  // Whether a body is wanted is decided after the URL is known.
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
  // The handler reads the body itself: fastify would judge its type first, and copy it.
  app.addHttpMethod('POST', { hasBody: false, overrideExisting: true });
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) onStranger(request, reply);
    else done();
  });
  app.setErrorHandler((cause, _request, reply) => onDefect(cause, reply));
  return app;
}

export interface ServerOptions {
  readonly integrations: readonly Integration[];
  readonly inbox: Pick<InboxWriter, 'append' | 'liveTokens'>;
  readonly log: Logger;
  /** Instead of those in `defaultLimits`. */
  readonly limits?: Partial<ServerLimits>;
}

export interface WebhookServer {
  /**
   * Accepts webhooks from now on.
   * @param port 0 for any free one.
   * @returns where it can be reached from this machine.
   * @throws ToolkitError `cannot_listen`, exit 1.
   */
  listen(host: string, port: number): Promise<{ readonly address: string; readonly port: number }>;
  /** Accepts nothing new, finishes the requests already begun (for a time), resolves when all connections are gone. */
  close(): Promise<void>;
}

type WebhookRequest = FastifyRequest<{ Params: { integration: string; token: string } }>;

const WEBHOOK_PATH = '/v1/:integration/:token';
const IS_WEBHOOK_PATH = /^\/v1\/[^/?]+\/[^/?]+(?:\?|$)/;

/** POST /v1/<integration>/<token>: authenticate the URL, read the body, check its signature, store it, answer. */
export function createServer(options: ServerOptions): WebhookServer {
  const { inbox, log } = options;
  const limits: ServerLimits = { ...defaultLimits, ...options.limits };
  const integrations = new Map(
    options.integrations.map((integration) => [integration.rules.name, integration]),
  );
  const tokens = new TokenCache(inbox, log, limits.tokenPollMs);
  const budget = new ByteBudget(limits.bytesInFlight);
  const answers = new AnswerLog(log);
  let closing = false;

  const send = (reply: FastifyReply, answer: Answer, integration?: string, details?: object) => {
    answers.note(answer, integration, details);
    respond(reply, answer, limits.lingerMs, closing);
  };

  const app = createApp(
    limits,
    (request, reply) => send(reply, answerToStranger(request)),
    (cause, reply) => send(reply, UNAVAILABLE, undefined, describeFailure(cause)),
  );

  app.post(WEBHOOK_PATH, async (request: WebhookRequest, reply) => {
    const { integration: name, token: secret } = request.params;
    const token = tokens.find(name, secret);
    const integration = integrations.get(name);
    if (!token || !integration) {
      send(reply, NOT_FOUND, integration?.rules.name);
      return reply;
    }
    const received = await receive(request.raw, reply.raw, { integration, token }, inbox, budget);
    if (received) send(reply, received.answer, name, received.details);
    else reply.hijack(); // the sender has gone
    return reply;
  });

  return {
    async listen(host, port) {
      await tokens.start();
      try {
        await app.listen({ host, port });
      } catch (cause) {
        tokens.stop();
        throw cannotListen(host, port, systemCode(cause));
      }
      const bound = (app.server.address() as AddressInfo).port;
      return { address: localUrl(host, bound), port: bound };
    },
    async close() {
      closing = true;
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.closeMs);
      await app.close();
      clearTimeout(cut);
      tokens.stop();
    },
  };
}

/** No route takes it: another method on a webhook's path, whatever the token, or a path that leads nowhere. */
function answerToStranger({ raw }: FastifyRequest): Answer {
  return raw.method !== 'POST' && IS_WEBHOOK_PATH.test(raw.url ?? '') ? METHOD_NOT_ALLOWED : NOT_FOUND;
}

function respond(reply: FastifyReply, answer: Answer, lingerMs: number, closing: boolean): void {
  const request = reply.request.raw;
  const isRefusal = answer.status >= 400;
  if (isRefusal && (answer.headers.connection === 'close' || leavesBody(request))) {
    reply.hijack();
    answerEarly(request, reply.raw, answer, lingerMs);
    return;
  }
  if (closing) reply.header('connection', 'close');
  reply.code(answer.status).headers(answer.headers).send(answer.text);
}
