import { type ClientRequest, type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { loggerOf } from '@tap-webhooks/singer/log';
import { onTestFinished } from 'vitest';
import { createUrl } from '../../../packages/tap-webhooks/dist/commands/url.js';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { resolveIntegrations } from '../../../packages/tap-webhooks/dist/integrations.js';
import type { ServerLimits } from '../../../packages/tap-webhooks/dist/server/limits.js';
import { createServer } from '../../../packages/tap-webhooks/dist/server/server.js';
import type { Verify } from '../../../packages/tap-webhooks/dist/signatures/signature.js';
import { openMemoryInbox } from '../../helpers/memory-driver.js';
import { tapConfig } from '../config/tap-config.js';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Setup {
  /** As in the config. Default: one integration `shop` of the provider `webhooks`. */
  readonly integrations?: readonly object[];
  readonly limits?: Partial<ServerLimits>;
  /** Replaces the inbox's own. */
  readonly append?: InboxWriter['append'];
  /** Returns what is called in place of the inbox's own `append`, which it gets. */
  readonly decorate?: (append: InboxWriter['append']) => InboxWriter['append'];
  /** Replaces the signature check of every integration. */
  readonly verify?: Verify;
  readonly publicUrl?: string | undefined;
  /** Names of integrations that have a URL, but are not configured in this receiver. */
  readonly unknown?: readonly string[];
}

/** Starts a server on a free port with an inbox in memory and a URL per integration. It is closed when the test ends. */
export async function startReceiver(setup: Setup = {}) {
  const { integrations: given, limits, append, decorate, verify, publicUrl, unknown = [] } = setup;
  const config = tapConfig({ integrations: given ?? [{ name: 'shop', provider: 'webhooks' }] });
  const integrations = resolveIntegrations(config, {}).map((integration) =>
    verify ? { ...integration, verify } : integration,
  );
  const inbox = await openMemoryInbox();
  await inbox.setRules(integrations.map(({ rules }) => rules));
  const paths = new Map<string, string>();
  for (const { rules } of integrations) {
    const { url } = await createUrl(config, integrations, rules.name, inbox);
    paths.set(rules.name, new URL(url).pathname);
  }
  const logged: string[] = [];
  const own: InboxWriter['append'] = (delivery) => inbox.append(delivery);
  const server = createServer({
    integrations: integrations.filter(({ rules }) => !unknown.includes(rules.name)),
    inbox: {
      append: append ?? decorate?.(own) ?? own,
      liveTokens: () => inbox.liveTokens(),
      addRefusals: (refusals) => inbox.addRefusals(refusals),
    },
    log: collecting(logged),
    ...(limits ? { limits } : {}),
    publicUrl,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close());
  return new Receiver(server, inbox, port, paths, logged);
}

class Receiver {
  readonly server: ReturnType<typeof createServer>;
  readonly inbox: InboxWriter;
  readonly port: number;
  /** Every line of the log, as JSON, of all levels. */
  readonly logged: readonly string[];
  readonly #paths: ReadonlyMap<string, string>;

  constructor(
    server: ReturnType<typeof createServer>,
    inbox: InboxWriter,
    port: number,
    paths: ReadonlyMap<string, string>,
    logged: readonly string[],
  ) {
    this.server = server;
    this.inbox = inbox;
    this.port = port;
    this.logged = logged;
    this.#paths = paths;
  }

  path(integration = 'shop'): string {
    return this.#paths.get(integration) ?? '';
  }

  /** The secret part of the URL. */
  token(integration = 'shop'): string {
    return this.path(integration).split('/')[3] ?? '';
  }

  /** POSTs to the integration `shop` unless a path is given. */
  post(
    body: string | Uint8Array,
    headers: { readonly [name: string]: string } = {},
    path = this.path(),
  ): Promise<Answered> {
    return this.send(
      { method: 'POST', path, headers: { 'content-length': Buffer.byteLength(body), ...headers } },
      body,
    );
  }

  send(options: RequestOptions, body?: string | Uint8Array): Promise<Answered> {
    const { sent, answer } = this.open(options);
    sent.end(body);
    return answer;
  }

  /** Sends the head of a request. The test writes its body. */
  open(options: RequestOptions): { readonly sent: ClientRequest; readonly answer: Promise<Answered> } {
    const sent = request({ host: '127.0.0.1', port: this.port, agent: false, ...options });
    const answer = new Promise<Answered>((resolve, reject) => {
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
    });
    answer.catch(() => {}); // a test that awaits it sees the error
    return { sent, answer };
  }

  /** Returns the texts of all rows, in order. */
  async rows(integration = 'shop'): Promise<string[]> {
    const after = { [`${integration}-data`]: 0 };
    const through = await this.inbox.newest();
    const entries = await this.inbox.read({ after, through, limit: 10_000, limitBytes: 100_000_000 });
    return entries.map((entry) => entry.row);
  }
}

/** Returns an inbox that holds each delivery until the test releases it. */
export function holding() {
  const held: Array<() => void> = [];
  const append: InboxWriter['append'] = async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return { kind: 'taken', stored: 1, duplicate: 0, filtered: 0, quarantined: 0 };
  };
  return { append, held };
}

function collecting(lines: string[]) {
  return loggerOf((level, fields, message) => lines.push(JSON.stringify({ level, message, ...fields })));
}

/** Returns what the sender sent: the row without the key that the inbox generated. */
export function payload(row: string | undefined): object {
  const { __sdc_primary_key: _, ...rest } = JSON.parse(row ?? 'null');
  return rest;
}
