import type { BigQuery } from '@google-cloud/bigquery';
import { ToolkitError } from '@tap-webhooks/singer';
import { credentialsUnusable } from '../errors.js';
import { kindOf } from './retry.js';
import { ServiceError } from './service-error.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  /** An object goes as JSON. */
  readonly body?: object | Buffer;
  /** For the answer with its body. */
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/** What one answer may take; the server itself waits less. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * One HTTP request with the client's credentials, made once, with a deadline. Whatever status it gets is an answer: the
 * client's own request() retries where job ids must decide, and sends without credentials when it finds none.
 */
export class Http {
  readonly #auth: BigQuery['authClient'];

  constructor({ authClient }: BigQuery) {
    this.#auth = authClient;
  }

  /** @throws ServiceError `transient` when no answer came; ToolkitError when there are no usable credentials. */
  async send({
    method,
    url,
    headers = {},
    body,
    timeoutMs = REQUEST_TIMEOUT_MS,
  }: HttpRequest): Promise<HttpAnswer> {
    const isJson = body !== undefined && !Buffer.isBuffer(body);
    try {
      const response = await this.#auth.request<string>({
        method,
        url,
        headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(body === undefined
          ? {}
          : { body: isJson ? JSON.stringify(body) : (body as Buffer<ArrayBuffer>) }),
        timeout: timeoutMs,
        responseType: 'text',
        redirect: 'manual', // 308 is an answer of the resumable protocol
        retry: false,
        validateStatus: (status) => status !== 401, // the library renews its token then, and asks again
      });
      return {
        status: response.status,
        header: (name) => response.headers.get(name),
        text: String(response.data ?? ''),
      };
    } catch (cause) {
      throw failureOf(cause);
    }
  }

  /**
   * Sends, and reads the answer as JSON. Numbers of BigQuery that matter are JSON strings, so nothing is lost.
   * @throws ServiceError by the status and the reason that the service gives.
   */
  async json<T>(request: HttpRequest): Promise<T> {
    return readJson<T>(await this.send(request));
  }
}

/** @throws ServiceError unless the answer is a success. */
export function readJson<T>(answer: HttpAnswer): T {
  if (answer.status >= 400) throw errorOf(answer.status, answer.text);
  try {
    return JSON.parse(answer.text === '' ? '{}' : answer.text) as T;
  } catch (cause) {
    throw new ServiceError('transient', answer.status, 'notJson', 'the answer is not JSON', { cause });
  }
}

interface ErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly status?: string;
    readonly errors?: ReadonlyArray<{ readonly reason?: string; readonly message?: string }>;
  };
}

export function errorOf(status: number, text: string): ServiceError {
  let body: ErrorBody = {};
  try {
    body = JSON.parse(text) as ErrorBody;
  } catch {
    // a proxy answers in HTML
  }
  const first = body?.error?.errors?.[0];
  const reason = first?.reason ?? body?.error?.status ?? `HTTP ${status}`;
  const message = body?.error?.message ?? first?.message ?? `HTTP status ${status}`;
  return new ServiceError(kindOf(status, reason), status, reason, message);
}

interface NetworkError {
  readonly code?: unknown;
  readonly name?: string;
  readonly message?: string;
  readonly cause?: NetworkError;
  readonly response?: { readonly status: number; readonly data?: unknown };
}

/** What the library throws: an answer 401 that stays, a token that cannot be had, or a connection that failed. */
function failureOf(cause: unknown): Error {
  if (cause instanceof ToolkitError) return cause;
  const { response, code, cause: inner, message = '', name } = cause as NetworkError;
  if (/invalid_grant|default credentials|unable to impersonate|invalid_client|invalid_rapt/i.test(message))
    return credentialsUnusable('they are refused by Google', cause);
  if (response?.status === 401) return errorOf(401, String(response.data ?? ''));
  const reason = [code, inner?.code, name].find((value) => typeof value === 'string') ?? 'network';
  return new ServiceError('transient', response?.status ?? 0, String(reason), 'no answer came', { cause });
}
