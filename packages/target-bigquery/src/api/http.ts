import type { BigQuery } from '@google-cloud/bigquery';
import { ToolkitError, within } from '@tap-webhooks/singer';
import { credentialsUnusable } from '../errors.js';
import { kindOf, ServiceError } from './service-error.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  /** An object goes as JSON. */
  readonly body?: object | Buffer;
  /** How long the answer, with its body, may take. */
  readonly timeoutMs?: number;
  /** Cuts the request short: no answer comes then. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** How long one answer may take; the server itself waits less. */
export const REQUEST_TIMEOUT_MS = 60_000;
/** How long a token may take in addition: the library's timeout covers only the request itself. */
const MOST_EXTRA_MS = 5_000;

/**
 * Sends HTTP requests with the client's credentials, each once, with a deadline. Every status is an answer. The client's own
 * request() is not used: it retries where job ids must decide, and sends without credentials when it finds none.
 */
export class Http {
  readonly #auth: BigQuery['authClient'];

  constructor({ authClient }: BigQuery) {
    this.#auth = authClient;
  }

  /** @throws ServiceError `transient` when no answer came; ToolkitError when there are no usable credentials. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { url, timeoutMs = REQUEST_TIMEOUT_MS, signal } = request;
    const limitMs = timeoutMs + Math.min(MOST_EXTRA_MS, timeoutMs / 10);
    const given = new AbortController();
    // a token endpoint or a proxy that never answers would hold the request for ever
    const late = () => {
      given.abort();
      return new ServiceError('transient', 0, 'timeout', `no answer came within ${Math.round(limitMs)} ms`);
    };
    const cut = () => given.abort();
    signal?.addEventListener('abort', cut, { once: true });
    try {
      return await within(this.#ask(request, given.signal), limitMs, late);
    } catch (cause) {
      throw failureOf(cause, url);
    } finally {
      signal?.removeEventListener('abort', cut);
    }
  }

  async #ask(
    { method, url, headers = {}, body, timeoutMs = REQUEST_TIMEOUT_MS }: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const isJson = body !== undefined && !Buffer.isBuffer(body);
    const response = await this.#auth.request<string>({
      method,
      url,
      headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as Buffer<ArrayBuffer>) }),
      timeout: timeoutMs,
      signal,
      responseType: 'text',
      redirect: 'manual', // the service sends none: a redirect from a proxy is not its answer
      retry: false,
      validateStatus: (status) => status !== 401, // credentials.ts has the token renewed then, and the library asks again
    });
    return { status: response.status, text: String(response.data ?? '') };
  }

  /**
   * Sends a request and reads the answer as JSON. BigQuery sends the numbers that matter as strings, so no digit is lost.
   * @throws ServiceError by the status and the reason that the service gives.
   */
  async json<T>(request: HttpRequest): Promise<T> {
    return readJson<T>(await this.send(request));
  }
}

/** @throws ServiceError unless the answer is a success, and a JSON object as every answer of the API is. */
export function readJson<T>(answer: HttpAnswer): T {
  if (answer.status >= 400) throw errorOf(answer.status, answer.text);
  const value = parsed(answer.text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T;
  throw new ServiceError('transient', answer.status, 'notJson', 'the answer is no JSON object');
}

/** @returns undefined for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly status?: string;
    readonly errors?: ReadonlyArray<{ readonly reason?: string; readonly message?: string }>;
  };
}

function errorOf(status: number, text: string): ServiceError {
  const body = parsed(text) as ErrorBody | null | undefined; // a proxy answers in HTML
  const first = body?.error?.errors?.[0];
  const reason = first?.reason ?? body?.error?.status ?? `HTTP ${status}`;
  const message = body?.error?.message ?? first?.message ?? `HTTP status ${status}`;
  return new ServiceError(kindOf(status, reason), status, reason, message);
}

/** What is read of an error of the library. */
interface NetworkError {
  readonly code?: unknown;
  readonly name?: string;
  readonly message?: string;
  readonly cause?: NetworkError;
  /** Absent when no request was made. */
  readonly config?: { readonly url?: unknown };
  readonly response?: { readonly status: number; readonly data?: unknown };
}

/** OpenSSL cannot read the key, or the key is not text at all. */
const KEY_UNREADABLE = /^ERR_(OSSL|CRYPTO|INVALID_ARG)/;
/** Of the package `jws`, which gives no code. */
const KEY_MISSING = /^key must be |^No key or keyFile set/;
const PASSING: ReadonlySet<number> = new Set([408, 429]);

/**
 * The error for what the library throws: an answer 401 again, a token that it did not get, or a connection that failed.
 * @param url of the request; a refusal from another URL is about the token.
 */
function failureOf(cause: unknown, url: string): Error {
  if (cause instanceof ToolkitError || cause instanceof ServiceError) return cause;
  const { response, config, code, cause: inner, message = '', name } = cause as NetworkError;
  if (config === undefined && (KEY_UNREADABLE.test(String(code)) || KEY_MISSING.test(message)))
    return credentialsUnusable('the private key cannot be used');
  if (config === undefined && inner === undefined && isProgrammingError(cause)) return cause;
  const status = response?.status ?? 0;
  if (status === 401 && isAt(url, config?.url)) return errorOf(401, String(response?.data ?? ''));
  const isRefused = status >= 400 && status < 500 && !PASSING.has(status);
  if (isRefused || /invalid_grant|default credentials|invalid_client|invalid_rapt/i.test(message))
    return credentialsUnusable('they are refused by Google', cause);
  const reason = [code, inner?.code, name].find((value) => typeof value === 'string') ?? 'network';
  return new ServiceError('transient', status, String(reason), 'no answer came', { cause });
}

/** A wrong argument of ours, which no repetition mends. */
function isProgrammingError(cause: unknown): cause is Error {
  return cause instanceof TypeError || cause instanceof RangeError;
}

function isAt(url: string, asked: unknown): boolean {
  return asked === undefined || new URL(url).href === String(asked);
}
