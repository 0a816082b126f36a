import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cut } from './body.js';
import type { Answer, Call, Context } from './context.js';
import { notFound, Refusal } from './refusal.js';
import type { FakeRequest } from './requests.js';
import { type Matched, route } from './router.js';

/** Starts the REST half: BigQuery API v2 on 127.0.0.1. */
export async function listen(context: Context, port: number): Promise<{ server: Server; origin: string }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    void handle(context, message, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function handle(context: Context, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { socket } = message; // a destroyed message no longer has its socket
  const origin = `http://${message.headers.host}`;
  const url = new URL(message.url ?? '/', origin);
  const matched = route(message, url);
  const request: FakeRequest = {
    kind: matched?.kind ?? 'unknown',
    method: message.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
    status: 0,
  };
  message.on('error', () => {}); // reading the body shows that the client is gone
  const fault = context.faults.take(request.kind);
  context.requests.emit({ type: 'request', request });
  if (fault?.do === 'hold' && fault.when === 'before') await fault.gate.wait();
  const call = { context, request, params: matched?.params ?? [], message, fault };
  const answer = await answerTo(call, matched);
  if (fault?.do === 'hold' && fault.when === 'after') await fault.gate.wait();
  if (answer.lost || fault?.do === 'lose') socket.resetAndDestroy();
  else await send(message, response, request, answer);
  context.requests.emit({ type: 'answered', request });
}

async function answerTo(call: Call, matched: Matched | undefined): Promise<Answer> {
  const { context, message, fault, request } = call;
  try {
    if (fault?.do === 'answer') {
      throw new Refusal(fault.status, fault.reason, `The service was asked to fail with ${fault.status}.`);
    }
    if (fault?.do === 'cut' && message.method === 'GET') throw new Cut();
    if (matched === undefined) throw notFound(`${message.method} ${request.path}`);
    if (matched.project !== context.store.project) throw notFound(`Project ${matched.project}`);
    return await matched.handler(call);
  } catch (error) {
    if (error instanceof Cut) return { status: 499, lost: true };
    if (error instanceof Refusal) return { status: error.status, body: error.body };
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`fake BigQuery failed by its own fault: ${message}\n`);
    return { status: 501, body: new Refusal(501, 'notImplemented', message).body };
  }
}

async function send(
  message: IncomingMessage,
  response: ServerResponse,
  request: FakeRequest,
  answer: Answer,
): Promise<void> {
  message.resume(); // the answer may be sent before the body is read
  if (!message.complete && !message.destroyed) await new Promise((resolve) => message.once('close', resolve));
  if (response.destroyed) return;
  request.status = answer.status;
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(text === '' ? {} : { 'content-type': 'application/json; charset=UTF-8' }),
    'content-length': Buffer.byteLength(text),
  });
  await new Promise<void>((resolve) => {
    response.on('close', resolve);
    response.end(text);
  });
}
