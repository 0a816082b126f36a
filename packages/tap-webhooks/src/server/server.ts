import { type Logger, systemCode } from '@tap-webhooks/singer';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { cannotListen } from '../errors.js';
import type { InboxWriter } from '../inbox/inbox.js';
import type { Integration } from '../integrations.js';
import { localUrl } from '../names.js';
import { AnswerLog } from './answer-log.js';
import { type Answer, METHOD_NOT_ALLOWED, NOT_CONFIGURED, NOT_FOUND, UNAVAILABLE } from './answers.js';
import { ByteBudget } from './body.js';
import { Connections } from './connections.js';
import { answerEarly, leavesBody } from './early-answer.js';
import { HttpServer } from './http-server.js';
import { defaultLimits, type ServerLimits } from './limits.js';
import { pathOf, readPath, type WebhookPath } from './paths.js';
import { describeFailure, type Receiving, receive } from './receive.js';
import { RefusalCounts } from './refusal-counts.js';
import { TokenCache } from './token-cache.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Returns fastify as a router only. It has no server of its own: see `HttpServer`. Its body parser is off, since signatures
 * cover the raw bytes and our reader shares one memory limit over all requests. Its logger is off, since it would print URLs
 * with tokens. Its error answers are off, since every answer here has one form and repeats nothing that was sent.
 * @param onUnrouted answers every request that matches no route.
 * @param onDefect answers when something throws.
 */
function createRouter(
  onUnrouted: Handler,
  onDefect: (cause: unknown, reply: FastifyReply) => void,
): FastifyInstance {
  const app = fastify({
    logger: false,
    return503OnClosing: false,
    // A path that cannot be decoded, or is too long, is an unknown path like any other.
    frameworkErrors: (_cause, request, reply) => onUnrouted(request, reply),
  });
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
  readonly inbox: Pick<InboxWriter, 'append' | 'liveTokens' | 'addRefusals'>;
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

type WebhookRequest = FastifyRequest<{ Params: WebhookPath }>;

const NOT_KNOWN = { why: 'the config that this receiver was started with has no such integration' };

const WEBHOOK_PATH = '/v1/:integration/:token';

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
  const prefix = pathOf(options.publicUrl ?? '');
  const tokens = new TokenCache(inbox, log, limits.tokenPollMs);
  const budget = new ByteBudget(limits.bytesInFlight);
  let receiving: Receiving = { inbox, budget, publicUrl: withoutSlash(options.publicUrl ?? '') };
  const answers = new AnswerLog(log, new RefusalCounts(inbox, limits.countsMs));
  const connections = new Connections(limits.lingerMs);
  let closing = false;

  const send = (reply: FastifyReply, answer: Answer, integration?: string, details?: object) => {
    answers.note(answer, integration, details);
    respond(reply, answer, { connections, lingerMs: limits.lingerMs, closing });
  };

  const tokenAt = (path: WebhookPath | undefined) => path && tokens.find(path.integration, path.token);

  /** @param routed what the router has read, which knows one spelling of a URL. */
  const receiveOne = async (request: FastifyRequest, reply: FastifyReply, routed?: WebhookPath) => {
    const token = tokenAt(routed) ?? tokenAt(readPath(request.raw.url ?? '', prefix));
    if (!token) return send(reply, NOT_FOUND, integrations.get(routed?.integration ?? '')?.rules.name);
    const integration = integrations.get(token.integration);
    if (!integration) return send(reply, NOT_CONFIGURED, token.integration, NOT_KNOWN);
    const received = await receive(request.raw, reply.raw, { integration, token }, receiving);
    if (!received) return reply.hijack(); // the sender has gone
    if (received.quarantined) answers.noteQuarantined(integration.rules.stream, received.quarantined);
    send(reply, received.answer, token.integration, received.details);
  };

  const onDefect = (cause: unknown, reply: FastifyReply) =>
    send(reply, UNAVAILABLE, undefined, describeFailure(cause));

  const onUnrouted = (request: FastifyRequest, reply: FastifyReply) => {
    const { method, url = '' } = request.raw;
    if (method === 'POST') receiveOne(request, reply).catch((cause) => onDefect(cause, reply));
    else send(reply, readPath(url, prefix) ? METHOD_NOT_ALLOWED : NOT_FOUND);
  };

  const router = createRouter(onUnrouted, onDefect);
  router.post(WEBHOOK_PATH, async (request: WebhookRequest, reply) => {
    await receiveOne(request, reply, request.params);
    return reply;
  });

  const server = new HttpServer(connections, limits, {
    onRequest: (request, response) => router.routing(request, response),
    onRefused: (answer) => answers.note(answer, undefined),
    onDropped: () => answers.noteDropped(),
  });

  return {
    async listen(host, port) {
      await router.ready();
      await tokens.start();
      const bound = await server.listen(host, port).catch((cause) => {
        tokens.stop();
        throw cannotListen(host, port, systemCode(cause));
      });
      const address = localUrl(host, bound);
      if (options.publicUrl === undefined) receiving = { ...receiving, publicUrl: address };
      return { address, port: bound };
    },
    async close() {
      closing = true;
      await server.close(limits.closeMs);
      await router.close();
      tokens.stop();
      await answers.close();
    },
  };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

interface Responding {
  readonly connections: Connections;
  readonly lingerMs: number;
  readonly closing: boolean;
}

/** The connection ends only after the answer to the latest request on it. Each request before that one was complete. */
function respond(reply: FastifyReply, answer: Answer, { connections, lingerMs, closing }: Responding): void {
  const request = reply.request.raw;
  const isRefusal = answer.status >= 400;
  const isLast = closing || request.socket.readableEnded || answer.closes === true;
  const ends = isLast || (isRefusal && leavesBody(request));
  if (!ends || !connections.isLatest(request)) {
    reply.code(answer.status).headers(answer.headers).send(answer.text);
    return;
  }
  connections.endAfterLatest(request.socket);
  if (isRefusal) {
    reply.hijack();
    answerEarly(request, reply.raw, answer, lingerMs, connections.isBroken(request));
  } else reply.code(answer.status).headers(answer.headers).header('connection', 'close').send(answer.text);
}
