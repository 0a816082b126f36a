import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { answerClientTrouble } from './client-trouble.js';
import type { ServerLimits } from './limits.js';

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
