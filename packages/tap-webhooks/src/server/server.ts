import type { AddressInfo } from 'node:net';
import { type Logger, systemCode } from '@tap-webhooks/singer';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { cannotListen } from '../errors.js';
import type { InboxWriter } from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import { localUrl } from '../names.js';
import { AnswerLog } from './answer-log.js';
import { type Answer, answerBrokenRequest, METHOD_NOT_ALLOWED, NOT_FOUND, UNAVAILABLE } from './answers.js';
import { ByteBudget } from './body.js';
import { answerEarly, leavesBody } from './early-answer.js';
import { defaultLimits, type ServerLimits } from './limits.js';
import { describeFailure, type Receiving, receive } from './receive.js';
import { TokenCache } from './token-cache.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Returns fastify as a router only. Its body parser is off, since signatures cover the raw bytes and our reader shares one
 * memory limit over all requests. Its logger is off, since it would print URLs with tokens. Its error answers are off, since
 * every answer here has one form and repeats nothing that was sent.
 * @param onUnrouted answers every request that matches no route.
 * @param onDefect answers when something throws.
 */
function createApp(
  limits: ServerLimits,
  onUnrouted: Handler,
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
    // A path that cannot be decoded, or is too long, is an unknown path like any other.
    frameworkErrors: (_cause, request, reply) => onUnrouted(request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  app.server.maxConnections = limits.connections;
  // Whether the body is wanted is decided once the URL is known.
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
  // The handler reads the body itself: fastify would check its type first, and copy it.
  app.addHttpMethod('POST', { hasBody: false, overrideExisting: true });
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) onUnrouted(request, reply);
    else done();
  });
  app.setErrorHandler((cause, _request, reply) => onDefect(cause, reply));
  return app;
}

export interface ServerOptions {
  readonly integrations: readonly Integration[];
  readonly inbox: Pick<InboxWriter, 'append' | 'liveTokens'>;
  readonly log: Logger;
  /** Address at which providers reach this receiver, for signatures that cover the URL. Default: where it listens. */
  readonly publicUrl?: string | undefined;
  /** Replace those in `defaultLimits`. */
  readonly limits?: Partial<ServerLimits>;
}

export interface WebhookServer {
  /**
   * Starts to accept webhooks.
   * @param port 0 for any free one.
   * @returns the address and port at which this machine can reach it.
   * @throws ToolkitError `cannot_listen`, exit 1.
   */
  listen(host: string, port: number): Promise<{ readonly address: string; readonly port: number }>;
  /** Accepts nothing new, finishes open requests within `closeMs`, and resolves when all connections are closed. */
  close(): Promise<void>;
}

type WebhookRequest = FastifyRequest<{ Params: { integration: string; token: string } }>;

const WEBHOOK_PATH = '/v1/:integration/:token';
const IS_WEBHOOK_PATH = /^\/v1\/[^/?]+\/[^/?]+(?:\?|$)/;

/**
 * Returns a server for `POST /v1/<integration>/<token>`. It checks the URL, reads the body, checks the signature, stores the
 * delivery and answers.
 */
export function createServer(options: ServerOptions): WebhookServer {
  const { inbox, log } = options;
  const limits: ServerLimits = { ...defaultLimits, ...options.limits };
  const integrations = new Map(
    options.integrations.map((integration) => [integration.rules.name, integration]),
  );
  const tokens = new TokenCache(inbox, log, limits.tokenPollMs);
  const budget = new ByteBudget(limits.bytesInFlight);
  let receiving: Receiving = { inbox, budget, publicUrl: withoutSlash(options.publicUrl ?? '') };
  const answers = new AnswerLog(log);
  let closing = false;

  const send = (reply: FastifyReply, answer: Answer, integration?: string, details?: object) => {
    answers.note(answer, integration, details);
    respond(reply, answer, limits.lingerMs, closing);
  };

  const app = createApp(
    limits,
    (request, reply) => send(reply, answerUnrouted(request)),
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
    const received = await receive(request.raw, reply.raw, { integration, token }, receiving);
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
      const address = localUrl(host, bound);
      if (options.publicUrl === undefined) receiving = { ...receiving, publicUrl: address };
      return { address, port: bound };
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

/** Answers another method on a webhook's path with 405, for any token, and any other path with 404. */
function answerUnrouted({ raw }: FastifyRequest): Answer {
  return raw.method !== 'POST' && IS_WEBHOOK_PATH.test(raw.url ?? '') ? METHOD_NOT_ALLOWED : NOT_FOUND;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
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
